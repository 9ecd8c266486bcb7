"""Which way a request goes: chosen at its opening by what was read then, looked at again when its work starts."""

from collections.abc import Callable
from typing import TypeVar

from bot.helpscout.client import HelpScout
from bot.helpscout.errors import Forbidden, HelpScoutError, Unauthorized
from bot.helpscout.scim.resources import ScimUser
from bot.model.credential import OwnUser
from bot.model.request import Kind
from bot.model.user import User, UserRecord
from bot.model.way import CALLED, Way
from bot.policy.ways import UNKNOWN_TO_SCIM, Cannot, Chosen, Means, choose, is_light, possible
from bot.services.credential import Credential
from bot.services.requests.execution import Execution, Stale
from bot.services.requests.kinds import NotPossible
from bot.services.requests.terms import Terms
from bot.services.steps.same_person import NotOverScim, sought_over_scim
from bot.services.steps.seating import deactivated
from bot.store.record import Record


class Ways:
    """What this account can do, as far as it is known."""

    def __init__(self, record: Record, helpscout: HelpScout, terms: Terms) -> None:
        self._record = record
        self._helpscout = helpscout
        self._terms = terms
        self._credential = Credential(record)

    @property
    def scim_may_be(self) -> bool:
        """Whether SCIM is to be asked at all."""
        return self._helpscout.scim is not None and self._terms.writes in ("auto", "scim")

    def means(self, own: OwnUser | None = None) -> Means:
        """From the record alone, or with `own` as it was just read."""
        own = own or self._credential.known()
        return Means(
            writes=self._terms.writes,
            scim=self._helpscout.scim is not None,
            own=own,
            calls=own.calls if own is not None else None,
        )

    def read(self) -> Means:
        """With whose credential it is, as Help Scout says now; as last known where it can't say. Raises what a refusal
        of the credential means.
        """
        try:
            return self.means(self._credential.read(self._helpscout.rest))
        except Unauthorized as refused:
            raise Unauthorized(self._credential.explain(refused), api=refused.api, status=refused.status) from refused
        except HelpScoutError:
            return self.means()

    def over_scim(
        self, known: UserRecord, protected: frozenset[str] = frozenset()
    ) -> tuple[ScimUser | NotOverScim | None, str]:
        """The SCIM user that is this person, as `asked_of_scim`; one that can't safely be told is a `NotOverScim`."""
        scim = self._helpscout.scim
        if scim is None or self._terms.writes not in ("auto", "scim"):
            return None, ""
        if not known.user.email:
            return None, "They have no e-mail address, by which SCIM finds people."
        return asked_of_scim(lambda: sought_over_scim(self._record, scim, known, protected))

    def refusal(self, kind: Kind) -> str:
        """Why no request of this kind can be opened, from the record alone; "" when one can."""
        means = self.means()
        if means.own is None and means.writes == "auto" and not means.scim:
            return ""  # nothing was read yet; the opening reads
        chosen = choose(means, kind)
        return chosen.sentence if isinstance(chosen, Cannot) else ""

    def for_seat(
        self, kind: Kind, email: str, role: str, *, own: frozenset[int], fresh: bool
    ) -> tuple[Chosen, ScimUser | None]:
        """The way of a seat that is to be given, and who is woken by it. Raises `Taken`, `NotPossible`."""
        scim = self._helpscout.scim
        if not fresh:
            return self.chosen(kind, self.means(), role=role), None
        means = self.read()
        if scim is None or means.writes not in ("auto", "scim"):
            return self.chosen(kind, means, role=role), None
        dormant, unknown = asked_of_scim(lambda: deactivated(self._record, scim, email, own))
        found = self.chosen(kind, means, role=role, unknown=unknown)
        return found, dormant if found.way is Way.SCIM else None

    def chosen(self, kind: Kind, means: Means, *, role: str = "", unknown: str = "") -> Chosen:
        """Raises `NotPossible` where the way that is there can't do it. `role`: of the seat that is to be given."""
        found = choose(means, kind, light=is_light(role), unknown=unknown)
        if isinstance(found, Cannot):
            raise NotPossible(found.sentence, code="no way")
        return found


Found = TypeVar("Found")


def asked_of_scim(search: Callable[[], Found]) -> tuple[Found | None, str]:
    """What SCIM says of somebody, and why it can't be written over it ("" where it can): it doesn't know them, or its
    token does not work.
    """
    try:
        found = search()
    except (Unauthorized, Forbidden) as refused:
        return None, refused.sentence
    if isinstance(found, NotOverScim) and found.absent:
        return None, UNKNOWN_TO_SCIM
    return found, ""


def way_now(ex: Execution, own: User | None) -> Way:
    """The way of an approved request as things are now: as planned, or by hand. Raises `Stale` for any other.

    `own` as it was just read; None: Help Scout names nobody.
    """
    planned = ex.planned_way
    if planned is Way.HAND:
        return planned
    credential = Credential(ex.record)
    kept = credential.keep(own) if own is not None else credential.known()
    calls = kept.calls if kept is not None else None
    means = Means(writes=ex.terms.writes, scim=ex.has_scim, own=kept, calls=calls)
    if possible(means, planned):
        return planned
    found = choose(means, ex.request.kind, light=is_light(str(ex.request.plan.get("role") or "")))
    if isinstance(found, Chosen) and found.way is not Way.HAND:
        raise Stale(
            f"This was approved to be done {CALLED[planned]}, and could now be done {CALLED[found.way]} only. Nothing "
            "was done; ask again."
        )
    return Way.HAND
