"""Who is who, as remembered: every address a person ever had, and which Slack people are which Help Scout people.

Nothing here is ever overwritten by a sync: somebody who changes an address, in Help Scout or in Slack, stays who they
are. Addresses are keys (bot.model.address) but for `slack_accounts.email`, which is as Slack shows it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.model.address import address_key
from bot.model.member import Member
from bot.model.user import User
from bot.policy.people.identity import About
from bot.store.engine import Engine
from bot.store.operations.requests.request_rows import listed
from bot.store.spelling import plain, time_text

_NOBODY = -(1 << 63)  # an id that nobody has, so that a list is never empty

_ABOUT = """
    WITH own AS (SELECT address, is_main FROM known_addresses WHERE user_id IN ({ids})),
         wanted AS (SELECT address FROM own UNION SELECT address FROM known_addresses WHERE address IN ({keys}))
    SELECT 'own', address, is_main FROM own
    UNION ALL
    SELECT 'main', emails.address, 0 FROM emails JOIN users ON users.id = emails.user_id
    WHERE emails.is_primary = 1 AND users.status = 'active' AND users.type <> 'team' AND emails.user_id NOT IN ({ids})
      AND emails.address IN (SELECT address FROM wanted)
    UNION ALL
    SELECT 'pair', slack_accounts.email_key, 0 FROM slack_accounts
    JOIN links ON links.slack_id = slack_accounts.id JOIN users ON users.id = links.user_id
    WHERE users.status = 'active' AND links.user_id NOT IN ({ids})
      AND slack_accounts.email_key IN (SELECT address FROM wanted)
    UNION ALL
    SELECT 'slack', links.slack_id, 0 FROM links WHERE links.user_id IN ({ids})
    UNION ALL
    SELECT 'slack', others.id, 0 FROM links JOIN slack_accounts AS one ON one.id = links.slack_id
    JOIN slack_accounts AS others ON others.person = one.person WHERE links.user_id IN ({ids})
"""
_SHARED = """
    SELECT emails.address, users.id, users.first_name, users.last_name, users.email
    FROM emails JOIN users ON users.id = emails.user_id
    WHERE emails.is_primary = 1 AND users.status = 'active' AND users.type <> 'team' AND emails.address IN (
        SELECT emails.address FROM emails JOIN users ON users.id = emails.user_id
        WHERE emails.is_primary = 1 AND users.status = 'active' AND users.type <> 'team'
        GROUP BY emails.address HAVING count(*) > 1)
    ORDER BY emails.address, users.id
"""
_ACCOUNT = """
    INSERT INTO slack_accounts (id, person, email, email_key, seen_at)
    VALUES (:id, :person, :email, :email_key, :seen_at)
    ON CONFLICT (id) DO UPDATE SET person = excluded.person, email = excluded.email, email_key = excluded.email_key,
        seen_at = excluded.seen_at
"""


@dataclass(frozen=True, slots=True)
class Account:
    """A Slack person as last seen."""

    email: str
    ids: frozenset[str]
    linked: frozenset[int]  # REST ids of the people they are paired with

    @property
    def key(self) -> str:
        return address_key(self.email)


class Identities:
    """Operations on `known_addresses`, `links` and `slack_accounts`."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def about(self, ids: Iterable[int], keys: Iterable[str] = ()) -> About:
        """All that is remembered of the person with these REST ids, and of `keys` that are (to be) theirs.

        One statement: it is asked at every click.
        """
        wanted = frozenset(plain(key) for key in keys if key)
        own_ids, params = listed("id", ids)
        own_keys, more = listed("key", wanted)
        sql = _ABOUT.format(ids=own_ids if params else str(_NOBODY), keys=own_keys)
        params = {name: int(value) for name, value in params.items()}
        found: dict[str, set[str]] = {"own": set(wanted), "main": set(), "pair": set(), "slack": set(), "mains": set()}
        for what, value, is_main in self._engine.rows(sql, params | more):
            found[what].add(value)
            if what == "own" and is_main:
                found["mains"].add(value)
        return About(
            person=True,
            keys=frozenset(found["own"]),
            mains=frozenset(found["mains"]),
            others_mains=frozenset(found["main"]),
            others_pairs=frozenset(found["pair"]),
            slack_ids=frozenset(found["slack"]),
        )

    def everybody(self) -> tuple[dict[int, frozenset[str]], dict[int, frozenset[str]]]:
        """REST id → every address ever recorded (keys), and REST id → the ids of the Slack people paired with them."""
        keys: dict[int, set[str]] = {}
        for id, key in self._engine.rows("SELECT user_id, address FROM known_addresses"):
            keys.setdefault(id, set()).add(key)
        slack: dict[int, set[str]] = {}
        pairs = (
            "SELECT links.user_id, COALESCE(others.id, links.slack_id) FROM links "
            "LEFT JOIN slack_accounts AS one ON one.id = links.slack_id "
            "LEFT JOIN slack_accounts AS others ON others.person = one.person"
        )
        for id, slack_id in self._engine.rows(pairs):
            slack.setdefault(id, set()).add(slack_id)
        return ({id: frozenset(v) for id, v in keys.items()}, {id: frozenset(v) for id, v in slack.items()})

    def mains_ever(self) -> dict[int, frozenset[str]]:
        """REST id → every address (key) that is or was that person's main one."""
        found: dict[int, set[str]] = {}
        for id, key in self._engine.rows("SELECT user_id, address FROM known_addresses WHERE is_main = 1"):
            found.setdefault(id, set()).add(key)
        return {id: frozenset(keys) for id, keys in found.items()}

    def remember(self, user: User) -> None:
        """Addresses of somebody that were read outside a sync."""
        sql = (
            "INSERT INTO known_addresses (address, user_id, is_main) VALUES (:address, :user_id, :is_main) "
            "ON CONFLICT (address, user_id) DO UPDATE SET is_main = 1 "
            "WHERE known_addresses.is_main = 0 AND excluded.is_main = 1"
        )
        with self._engine.joined():
            for key in sorted(user.keys):
                self._engine.run(sql, {"address": plain(key), "user_id": user.id, "is_main": int(key == user.key)})

    def holder(self, scim_id: str, user_id: int, key: str) -> str:
        """The name of another person whose row has this SCIM id; "" for nobody.

        Not counted is who is gone and had the same main address: that is the same person under a former id.
        """
        row = self._engine.row(
            "SELECT first_name, last_name, email, id FROM users WHERE scim_id = :scim_id AND id <> :id AND (status = "
            "'active' OR NOT EXISTS (SELECT 1 FROM known_addresses WHERE known_addresses.user_id = users.id AND "
            "is_main = 1 AND address = :key)) ORDER BY status, id LIMIT 1",
            {"scim_id": scim_id, "id": user_id, "key": plain(key)},
        )
        return _name(row[0], row[1], row[2], row[3]) if row else ""

    def mains(self, keys: Iterable[str], but: int) -> dict[str, str]:
        """Which of these are the main address of an active person other than `but`: key → their name."""
        names, params = listed("key", {plain(key) for key in keys})
        if not params:
            return {}
        rows = self._engine.rows(
            "SELECT emails.address, users.first_name, users.last_name, users.email, users.id FROM emails "
            "JOIN users ON users.id = emails.user_id WHERE emails.is_primary = 1 AND users.status = 'active' "
            f"AND users.type <> 'team' AND users.id <> :but AND emails.address IN ({names})",
            {**params, "but": but},
        )
        return {row[0]: _name(*row[1:]) for row in rows}

    def sharing(self, key: str, but: int) -> list[str]:
        """The names of other active people with this main address."""
        rows = self._engine.rows(
            "SELECT users.first_name, users.last_name, users.email, users.id FROM emails JOIN users ON users.id = "
            "emails.user_id WHERE emails.address = :key AND emails.is_primary = 1 AND users.status = 'active' "
            "AND users.type <> 'team' AND users.id <> :but ORDER BY users.id",
            {"key": plain(key), "but": but},
        )
        return [_name(*row) for row in rows]

    def shared_mains(self) -> dict[str, list[tuple[int, str]]]:
        """Main addresses that several active people have: key → (REST id, name) of each."""
        found: dict[str, list[tuple[int, str]]] = {}
        for key, id, *names in self._engine.rows(_SHARED):
            if key:
                found.setdefault(key, []).append((id, _name(names[0], names[1], names[2], id)))
        return found

    def account(self, slack_ids: Iterable[str]) -> Account | None:
        """The Slack person with one of these ids as last seen; None when never seen."""
        names, params = listed("id", slack_ids)
        rows = self._engine.rows(
            "SELECT slack_accounts.email, slack_accounts.id, links.user_id FROM slack_accounts "
            f"LEFT JOIN links ON links.slack_id = slack_accounts.id WHERE slack_accounts.id IN ({names}) "
            f"OR slack_accounts.person IN (SELECT person FROM slack_accounts WHERE id IN ({names})) "
            "ORDER BY slack_accounts.seen_at DESC",
            params,
        )
        if not rows:
            return None
        linked = frozenset(row[2] for row in rows if row[2] is not None)
        return Account(rows[0][0], frozenset(row[1] for row in rows), linked)

    def see(self, member: Member) -> None:
        """Remember this Slack person's ids and address as they are now."""
        with self._engine.joined():
            names, params = listed("id", member.ids)
            known = self._engine.rows(f"SELECT person FROM slack_accounts WHERE id IN ({names})", params)
            persons = sorted({str(row[0]) for row in known}) or [min(member.ids)]
            for other in persons[1:]:  # two that were taken for two people are one
                self._engine.run(
                    "UPDATE slack_accounts SET person = :person WHERE person = :other",
                    {"person": persons[0], "other": other},
                )
            for id in sorted(member.ids):
                self._engine.run(
                    _ACCOUNT,
                    {
                        "id": id,
                        "person": persons[0],
                        "email": member.email,
                        "email_key": member.key,
                        "seen_at": time_text(self._now()),
                    },
                )

    def link(self, slack_ids: Iterable[str], user_id: int) -> bool:
        """Pair a Slack person with a Help Scout person for good; False when they were paired already."""
        params = {"user_id": user_id, "since": time_text(self._now())}
        sql = "INSERT INTO links (slack_id, user_id, since) VALUES (:slack_id, :user_id, :since) ON CONFLICT DO NOTHING"
        with self._engine.joined():
            return sum(self._engine.run(sql, {**params, "slack_id": id}) for id in sorted(slack_ids)) > 0


def _name(first: str, last: str, email: str, id: int) -> str:
    return " ".join(part for part in (first, last) if part) or email or str(id)
