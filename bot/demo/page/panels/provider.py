"""The identity provider on the page: what it pushes to the bot, and what became of it: wish, card and fact."""

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime
from html import escape
from pathlib import Path

from nicegui import run, ui

from bot.demo.directories import Account
from bot.demo.directories.pushing import NotPushed, Provider
from bot.demo.helpscout import Person, SimulatedHelpScout
from bot.demo.page.panels.record_reader import Pushed, RecordReader
from bot.demo.page.tags import Tag, button, html, typed
from bot.demo.page.window import Window
from bot.model.address import address_key

ASK_EVERY_SECONDS = 0.5
MOST_PEOPLE = 40
LONGEST_BODY = 300
MANY = 40
"""More than the removal guard lets go one by one."""
GIVEN_UP = ("denied", "cancelled", "expired", "stale", "failed")
TABS = ("People", "Groups", "Pushes")


class ProviderPanel:
    """Every button is an HTTP request to the gate of the bot that runs."""

    def __init__(self, window: Window, provider: Provider, helpscout: SimulatedHelpScout, record: Path) -> None:
        self.window = window
        self.provider = provider
        self.helpscout = helpscout
        self.reader = RecordReader(record)
        self.tab = TABS[0]
        self.words = ""
        self._drawn: object = None
        with Tag("section", "panel wide provider", aria_label="Identity provider") as self.root:
            with Tag("header"):
                Tag("h2", "", "Identity provider")
                Tag("small", "", f"{provider.name}, simulated")
                Tag("span", "space")
                button("", lambda: window.show_panel("provider"), css="ghost", picture="close", label="Close panel")
            with Tag("div", "tabs", role="tablist", aria_label="Identity provider"):
                self.tabs = {name: Tag("button", "tab", name, type="button", role="tab") for name in TABS}
            for name, tab in self.tabs.items():
                tab.on("click", lambda _, n=name: self._show(n))
            self.search = Tag("input", "field search", type="search", placeholder="Name or e-mail", aria_label="Search")
            typed(self.search, self._search)
            self.body = Tag("div", "panel-body flush")
        ui.timer(ASK_EVERY_SECONDS, self.refresh)

    def refresh(self) -> None:
        shown = self.window.panel == "provider" and self.window.thread is None
        self.root.set_visibility(shown)
        if not shown:
            return
        try:
            pushed = self.reader.pushed()
        except sqlite3.Error:  # the bot has not made its record yet
            pushed = []
        current = (self.tab, self.words, *([self.provider.version] if self.tab == "Pushes" else self._facts(pushed)))
        if current == self._drawn:
            return
        self._drawn = current
        for name, tab in self.tabs.items():
            tab.classes(replace="tab here" if name == self.tab else "tab")
            tab.mark_as("aria_selected", str(name == self.tab).lower())
        self.search.set_visibility(self.tab == "People")
        self.body.clear()
        with self.body:
            {"People": self._people, "Groups": self._groups, "Pushes": self._pushes}[self.tab](pushed)

    def _search(self, words: str) -> None:
        self.words = words.strip().casefold()
        self.refresh()

    def _facts(self, pushed: list[Pushed]) -> tuple[object, ...]:
        """All that the lists show: a button that is drawn anew under somebody's finger would lose the click."""
        accounts = [(one.id, one.name, one.email) for one in self.provider.directory.accounts]
        seats = [(one.id, one.name, one.email) for one in self.helpscout.people]
        teams = [(one.name, len(one.members)) for one in self.helpscout.account.teams.values()]
        return pushed, accounts, seats, teams

    def _show(self, tab: str) -> None:
        self.tab = tab
        self.refresh()

    # -- people ---------------------------------------------------------------------------------------------------

    def _people(self, pushed: list[Pushed]) -> None:
        wishes = {one.address: one for one in pushed if one.kind == "user"}
        found = [one for one in self.provider.directory.accounts if self.words in f"{one.name} {one.email}".casefold()]
        seats = {address_key(seat.email): seat for seat in self.helpscout.people}
        leaver = self.window.stage.leaver
        found.sort(
            key=lambda one: (
                _key(one) not in wishes,
                one.email != leaver,
                _key(one) in seats,
                not one.name[:1].isalnum(),
                one.name.casefold(),
            )
        )
        with Tag("div", "line many"):
            Tag("p", "count", f"{len(found)} {'account' if len(found) == 1 else 'accounts'}")
            Tag("span", "space")
            button(f"Unassign {MANY} people", self._unassign_many, css="button danger-quiet")
        for account in found[:MOST_PEOPLE]:
            wish = wishes.get(_key(account))
            seat = self.helpscout.account.find(wish.subject_id) if wish and wish.subject_id else None
            self._person(account, wish, seat or seats.get(_key(account)))
        if len(found) > MOST_PEOPLE:
            Tag("p", "count", f"… and {len(found) - MOST_PEOPLE} more: search for them")

    def _person(self, account: Account, wish: Pushed | None, seat: Person | None) -> None:
        there = wish.wanted.get("active", seat is not None) if wish is not None else seat is not None
        with Tag("div", "row-card"):
            with Tag("div", "about"):
                Tag("strong", "", account.name or account.email)
                Tag("small", "", account.login or account.email)
                self._became(wish, f"a seat as {seat.name} ({seat.email})" if seat is not None else "no seat")
            with Tag("div", "buttons"):
                if there:
                    button("Unassign", lambda: self._do(lambda: self.provider.unassign(account)), css="button")
                else:
                    button("Assign", lambda: self._do(lambda: self.provider.assign(account)), css="button")
                button("Rename…", lambda: self._rename(account), css="button")

    def _became(self, wish: Pushed | None, fact: str) -> None:
        """The three side by side: what was pushed, who is asked, and what is so."""
        with Tag("dl", "became"):
            for name, words in (
                ("Wish", self._wish(wish)),
                ("Card", _card(wish)),
                ("Fact", fact),
            ):
                Tag("dt", "", name)
                Tag("dd", "", words)

    def _wish(self, wish: Pushed | None) -> str:
        if wish is None:
            return "nothing pushed yet"
        words = _wanted(wish)
        if not words:
            return "given up" if wish.state in GIVEN_UP else "came true"
        at = datetime.fromisoformat(wish.since).astimezone(self.window.reader.zone)
        return f"{words}, since {at:%H:%M:%S}" + (f" ({wish.problem})" if wish.problem else "")

    async def _do(self, push: Callable[[], object]) -> None:
        try:
            await run.io_bound(push)
        except NotPushed as refused:
            self.window.notify(refused.sentence)
        self.refresh()

    async def _unassign_many(self) -> None:
        """As when the wrong group was taken off the application."""
        known = {part.handle for part in self.window.stage.parts}
        plain = [
            one
            for one in self.provider.directory.accounts
            if self.provider.assigned(one)
            and one.email.partition("@")[0] not in known
            and one.email != self.window.stage.leaver
        ]

        def push() -> None:
            for account in plain[:MANY]:
                self.provider.unassign(account)

        await self._do(push)

    def _rename(self, account: Account) -> None:
        given = {"name": account.name, "email": account.login or account.email}

        async def send() -> None:
            name, email = (given[part].strip() for part in ("name", "email"))
            if not name or "@" not in email:
                self.window.notify("Give a name and an e-mail address.")
                return
            dialog.close()
            await self._do(lambda: self.provider.rename(account, name=name, email=email))

        with self.window.client, ui.dialog(value=True) as dialog, Tag("div", "sheet", role="document"):
            dialog.props(f'aria-label="Rename in {self.provider.name}"')
            dialog.on("hide", dialog.delete)
            with Tag("header"):
                Tag("h2", "", f"Rename in {self.provider.name}")
                button("", dialog.close, css="ghost", picture="close", label="Close")
            with Tag("div", "scroll"):
                for part, label in (("name", "Name"), ("email", "E-mail")):
                    with Tag("label", "form-field"):
                        Tag("span", "label", label)
                        typed(
                            Tag("input", "field", value=given[part], aria_label=label),
                            lambda text, p=part: given.__setitem__(p, text),  # type: ignore[misc]
                        )
            with Tag("footer"):
                button("Cancel", dialog.close, css="button")
                button("Push", send, css="button primary")

    # -- groups ---------------------------------------------------------------------------------------------------

    def _groups(self, pushed: list[Pushed]) -> None:
        wishes = {one.name.casefold(): one for one in pushed if one.kind == "group"}
        teams = {team.name.casefold(): team for team in self.helpscout.account.teams.values()}
        groups = [name for name in self.provider.directory.groups if name != self.provider.group]
        Tag("p", "count", f"{len(groups)} groups; each becomes the team of its name")
        for name in groups:
            wish, team = wishes.get(name.casefold()), teams.get(name.casefold())
            with Tag("div", "row-card"):
                with Tag("div", "about"):
                    Tag("strong", "", name)
                    Tag("small", "", f"{_people(len(self.provider.directory.groups[name]))} in {self.provider.name}")
                    self._became(wish, f"a team of {_people(len(team.members))}" if team else "no team")
                with Tag("div", "buttons"):
                    button("Push", lambda n=name: self._do(lambda: self.provider.push_group(n)), css="button")  # type: ignore[misc]
                    if team is not None and not (wish is not None and wish.deleted):
                        button(
                            "Delete",
                            lambda n=name: self._do(lambda: self.provider.delete_group(n)),  # type: ignore[misc]
                            css="button danger-quiet",
                        )

    # -- pushes ---------------------------------------------------------------------------------------------------

    def _pushes(self, _: list[Pushed]) -> None:
        entries = list(self.provider.pushes)[::-1]
        Tag("p", "count", f"The last {len(entries)} requests to the gate, the newest first" if entries else "None yet")
        rows, zone = [], self.window.reader.zone
        for one in entries:
            tone = "good" if 200 <= one.status < 300 else "care" if one.status == 404 else "bad"
            text = json.dumps(one.body, ensure_ascii=False) if one.body is not None else ""
            body = f"<br>{escape(text[:LONGEST_BODY])}{'…' if len(text) > LONGEST_BODY else ''}"
            said = f'<br><span class="badge fault">{escape(one.said)}</span>' if one.said else ""
            rows.append(
                f"<tr><td>{one.at.astimezone(zone):%H:%M:%S}</td><td class='method'>{escape(one.method)}</td>"
                f"<td class='path'>{escape(one.path)}{body}{said}</td>"
                f"<td class='{tone}'>{one.status or 'lost'}</td></tr>"
            )
        head = "".join(f'<th scope="col">{n}</th>' for n in ("Time", "", "Request", "Status"))
        html(
            f'<div class="table mono"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
        )


def _key(account: Account) -> str:
    return address_key(account.login or account.email)


def _wanted(wish: Pushed) -> str:
    """What is still wanted; "" for nothing."""
    if wish.kind == "group":
        return "no team" if wish.deleted else f"{_people(len(wish.wanted.get('members', ())))}" if wish.wanted else ""
    words = []
    if wish.wanted.get("active") is False:
        words.append("no seat")
    elif wish.wanted.get("active") is True:
        words.append("a seat")
    words += [str(wish.wanted[name]) for name in ("email", "first_name", "last_name") if wish.wanted.get(name)]
    return ", ".join(words)


def _card(wish: Pushed | None) -> str:
    if wish is None or not wish.state:
        return "none"
    return f"{wish.request}, {wish.state}" + (" (in a batch)" if wish.batch else "")


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"
