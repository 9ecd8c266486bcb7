"""The WSGI application under /scim/v2: who pushes, what, and the answer in SCIM's words (RFC 7644).

A token is asked for before anything else is looked at. Every push is committed before it is answered.
"""

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

import structlog

from bot.gate import PREFIX, groups, people
from bot.gate.faults import Fault, bad_value, not_there
from bot.gate.listing import LIST, listed, listed_both, projected
from bot.gate.models import accepted, discovery, patched
from bot.gate.reading import MOST, MOST_OF_PERSON
from bot.gate.tokens import Tokens
from bot.gate.wire import Answer, Asked, base_of, same_version, sent
from bot.model.problem import Problem
from bot.model.wish import WishKind
from bot.services.wishes.pushes import Pushes
from bot.services.wishes.refusals import Changed, NotAllowed, NotThere, Taken
from bot.services.wishes.roster import Roster, Shown
from bot.store.errors import StoreError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LONGEST_ID = 200
TRIES = 20
"""How often a push is applied anew to what others have left meanwhile: another bot, or the engine."""
TURNS = 64


class Gate:
    """The application; its paths begin with `PREFIX`."""

    def __init__(self, tokens: Tokens, roster: Roster, pushes: Pushes) -> None:
        self._tokens = tokens
        self._roster = roster
        self._pushes = pushes
        self._turns = [threading.Lock() for _ in range(TURNS)]
        self._log = structlog.get_logger("gate")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            answer = self._answer(environ)
        except Fault as fault:
            answer = Answer(fault.status, fault.document())
        except NotAllowed as refused:
            answer = Answer(403, Fault(403, refused.sentence).document())
        except Taken as taken:
            answer = Answer(409, Fault(409, taken.sentence, "uniqueness").document())
        except NotThere as unknown:
            answer = Answer(404, Fault(404, unknown.sentence).document())
        except (StoreError, Problem) as away:
            self._log.warning("a push was not kept", problem=away.sentence)
            sentence = "hs-bot can't keep this now, so nothing was done. Try again in a minute."
            answer = Answer(503, Fault(503, sentence).document(), {"Retry-After": "30"})
        except Exception:  # noqa: BLE001 - the server outlives a fault; it is logged with its traceback
            self._log.exception("a push failed")
            answer = Answer(500, Fault(500, "Something went wrong inside hs-bot.").document())
        return sent(answer, environ, start_response)

    def _answer(self, environ: "WSGIEnvironment") -> Answer:
        token = self._tokens.whose(str(environ.get("HTTP_AUTHORIZATION", "")))
        if token is None:
            return self._stranger()
        raw = str(environ.get("PATH_INFO", ""))[len(PREFIX) :]
        try:
            path = raw.encode("latin-1").decode("utf-8")  # PEP 3333: bytes as latin-1
        except UnicodeError:
            raise not_there() from None
        parts = [part for part in path.split("/") if part]
        if len(path) > 2000 or any(len(part) > LONGEST_ID for part in parts) or "\x00" in path:
            raise not_there()
        text = str(environ.get("QUERY_STRING", ""))
        try:
            query = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=50, errors="strict"))
        except (ValueError, UnicodeDecodeError):
            raise bad_value("The query can't be read.") from None
        if any("\x00" in value for value in query.values()):
            raise bad_value("The query has a character that nothing can have.")
        method = str(environ.get("REQUEST_METHOD", "")).upper()
        asked = Asked(token, "GET" if method == "HEAD" else method, parts, query, base_of(environ), environ)
        return self._routed(asked)

    def _stranger(self) -> Answer:
        document = Fault(401, "The token is missing or wrong.").document()
        headers = {"WWW-Authenticate": 'Bearer realm="hs-bot"'}
        if self._tokens.too_often():
            many = Fault(429, "Too many wrong tokens. Try again in a minute.").document()
            return Answer(429, many, {**headers, "Retry-After": "60"})
        return Answer(401, document, headers)

    def _routed(self, asked: Asked) -> Answer:
        match asked.parts:
            case ["Users" | "Groups" as name]:
                kind = WishKind.USER if name == "Users" else WishKind.GROUP
                return self._many(asked, kind)
            case [".search"]:
                _only(asked, "POST")
                draws = {kind: self._drawing(asked, kind) for kind in WishKind}
                return Answer(200, listed_both(self._roster, asked.token, asked.body(), draws))
            case ["Users" | "Groups" as name, ".search"]:
                _only(asked, "POST")
                kind = WishKind.USER if name == "Users" else WishKind.GROUP
                return Answer(200, listed(self._roster, asked.token, kind, asked.body(), self._drawing(asked, kind)))
            case ["Users" | "Groups" as name, id]:
                kind = WishKind.USER if name == "Users" else WishKind.GROUP
                return self._one(asked, kind, id)
            case ["ServiceProviderConfig" | "ResourceTypes" | "Schemas", *_]:
                _only(asked, "GET")
                return self._described(asked)
        raise not_there("endpoint")

    def _described(self, asked: Asked) -> Answer:
        known = discovery(asked.base)
        path = "/".join(asked.parts)
        if path in known:
            return Answer(200, known[path])
        if path in ("ResourceTypes", "Schemas"):
            if "filter" in asked.query:
                raise Fault(403, "This can't be filtered.")
            some = [one for name, one in known.items() if name.startswith(f"{path}/")]
            answer = {"schemas": [LIST], "totalResults": len(some), "startIndex": 1, "itemsPerPage": len(some)}
            return Answer(200, {**answer, "Resources": some})
        raise not_there()

    def _many(self, asked: Asked, kind: WishKind) -> Answer:
        _only(asked, "GET", "POST")
        if asked.method == "GET":
            return Answer(200, listed(self._roster, asked.token, kind, asked.query, self._drawing(asked, kind)))
        body = accepted(_named(kind), asked.body(_most(kind)))
        if kind is WishKind.USER:
            wanted = people.wanted_of(body)
            shown = self._pushes.create(asked.token, body, wanted, people.named(wanted, body))
        else:
            wanted = groups.team_wanted_of(body, whole=False)
            self._members_known(asked.token, wanted.get("members", ()), ())
            shown = self._pushes.create_team(asked.token, body, wanted)
        return self._shown(asked, shown, 201)

    def _one(self, asked: Asked, kind: WishKind, id: str) -> Answer:
        _only(asked, "GET", "PUT", "PATCH", "DELETE")
        shown = self._there(asked, kind, id)
        match asked.method:
            case "GET":
                version = self._version(asked, shown)
                if same_version(asked.header("IF_NONE_MATCH"), version, absent=False):
                    return Answer(304, None, {"ETag": version})
                return self._shown(asked, shown, 200)
            case "DELETE":
                self._unchanged(asked, shown)
                (self._pushes.delete if kind is WishKind.USER else self._pushes.delete_team)(asked.token, id)
                return Answer(204)
        changed = self._change(asked, kind, id)
        if changed is None:
            busy = Fault(503, "Others are changing this at the same time, so nothing was done. Send it again.")
            return Answer(503, busy.document(), {"Retry-After": "5"})
        if (
            asked.method == "PATCH"
            and kind is WishKind.GROUP
            and not {"attributes", "excludedAttributes"} & set(asked.query)
        ):
            # RFC 7644 §3.5.2: members may be many, and nobody asked
            return Answer(204, None, {"ETag": self._version(asked, changed)})
        return self._shown(asked, changed, 200)

    def _there(self, asked: Asked, kind: WishKind, id: str) -> Shown:
        shown = (self._roster.person if kind is WishKind.USER else self._roster.team)(asked.token, id)
        if shown is None:
            raise not_there("user" if kind is WishKind.USER else "group")
        return shown

    def _version(self, asked: Asked, shown: Shown) -> str:
        return str(self._drawing(asked, shown.kind)(shown)["meta"]["version"])

    def _unchanged(self, asked: Asked, shown: Shown) -> None:
        """Raises `Fault` for a client that has read another version."""
        tags = asked.header("IF_MATCH")
        if tags.strip() and not same_version(tags, self._version(asked, shown), absent=True):
            raise Fault(412, "The resource has changed since. Read it again.")

    def _change(self, asked: Asked, kind: WishKind, id: str) -> Shown | None:
        """After a PUT or PATCH, applied to what is there then; None when others were always faster.

        Entra ID sends the members of a group one by one, side by side, and without an ETag: none of them may be lost.
        """
        body = asked.body(_most(kind))
        with self._turns[hash((asked.token, kind, id)) % TURNS]:
            for _ in range(TRIES):
                shown = self._there(asked, kind, id)
                self._unchanged(asked, shown)
                try:
                    return self._changed(asked, kind, shown, body)
                except Changed:
                    continue  # with an ETag it is another version now, which is refused above
        return None

    def _changed(self, asked: Asked, kind: WishKind, shown: Shown, body: dict[str, Any]) -> Shown:
        name = _named(kind)
        draw = self._drawing(asked, kind)
        before = {key: value for key, value in draw(shown).items() if key not in ("id", "meta", "schemas", "groups")}
        patch = asked.method == "PATCH"
        after = patched(name, before, body) if patch else accepted(name, body)
        if kind is WishKind.USER:
            wanted = people.wanted_of(after, before if patch else None)
            return self._pushes.change(asked.token, shown, after, wanted)
        wanted = groups.team_wanted_of(after, whole=patch)
        self._members_known(asked.token, wanted.get("members", ()), shown.fields["members"])
        return self._pushes.change_team(asked.token, shown, after, wanted)

    def _members_known(self, token: str, wanted: Iterable[str], before: Iterable[str]) -> None:
        for id in set(wanted) - set(before):
            if self._roster.person(token, id) is None:
                raise bad_value(f"There is no user with the id {id[:80]}.")

    def _drawing(self, asked: Asked, kind: WishKind) -> Callable[[Shown], dict[str, Any]]:
        if kind is WishKind.USER:
            return lambda shown: people.user_document(shown, asked.base)
        return lambda shown: groups.group_document(shown, asked.base)

    def _shown(self, asked: Asked, shown: Shown, status: int) -> Answer:
        document = self._drawing(asked, shown.kind)(shown)
        headers = {"ETag": str(document["meta"]["version"])}
        if status == 201:
            headers["Location"] = quote(str(document["meta"]["location"]), safe=":/[]")
        return Answer(status, projected(document, asked.query), headers)


def _named(kind: WishKind) -> str:
    return "User" if kind is WishKind.USER else "Group"


def _most(kind: WishKind) -> int:
    return MOST_OF_PERSON if kind is WishKind.USER else MOST


def _only(asked: Asked, *methods: str) -> None:
    if asked.method not in methods:
        raise Fault(405, f"{asked.method[:20]} isn't supported here.")
