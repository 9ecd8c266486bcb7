"""The simulated Help Scout on the page: its people, their conversations, the requests it serves, the rate budget."""

from datetime import UTC, datetime, timedelta
from html import escape

from nicegui import ui

from bot.demo.helpscout import Conversation, Person, SimulatedHelpScout
from bot.demo.page.tags import Tag, button, html, typed
from bot.demo.page.window import Window

ASK_EVERY_SECONDS = 0.5
MOST_PEOPLE = 60
MOST_REQUESTS = 80
MOST_CONVERSATIONS = 60


class HelpScoutPanel:
    """Follows the simulation while it is looked at."""

    def __init__(self, window: Window, helpscout: SimulatedHelpScout) -> None:
        self.window = window
        self.helpscout = helpscout
        self.tab = "People"
        self.words = ""
        self.person: Person | None = None
        self._drawn: object = None
        self._tabs: dict[str, Tag] = {}
        with Tag("section", "panel wide helpscout", aria_label="Help Scout") as self.root:
            with Tag("header"):
                Tag("h2", "", "Help Scout")
                Tag("small", "", "simulated")
                Tag("span", "space")
                button("", lambda: window.show_panel("helpscout"), css="ghost", picture="close", label="Close panel")
            self.budget = Tag("div", "budget")
            self.tabs = Tag("div", "tabs", role="tablist", aria_label="Help Scout")
            self.search = Tag("input", "field search", type="search", placeholder="Name or e-mail", aria_label="Search")
            typed(self.search, self._search)
            self.body = Tag("div", "panel-body flush")
        ui.timer(ASK_EVERY_SECONDS, self.refresh)

    def refresh(self) -> None:
        shown = self.window.panel == "helpscout" and self.window.thread is None
        self.root.set_visibility(shown)
        if not shown:
            return
        sim = self.helpscout
        stale = datetime.now(UTC).minute  # the budget comes back with time
        current = (self.tab, self.words, self.person, sim.account.version, sim.log.version, stale)
        if current == self._drawn:
            return
        self._drawn = current
        self._draw_budget()
        self._draw_tabs()
        self.search.set_visibility(self.tab == "People")
        self.body.clear()
        with self.body:
            {
                "People": self._people,
                "Rotations": self._rotations,
                "Conversations": self._conversations,
                "Requests": self._requests,
            }[self.tab]()

    def _search(self, words: str) -> None:
        self.words = words.strip().casefold()
        self.refresh()

    def _show(self, tab: str) -> None:
        self.tab, self.person = tab, None
        self.refresh()

    def _draw_budget(self) -> None:
        served = self.helpscout.log.entries(last=1)
        limit, left = self.helpscout.limit.limit, served[0].left if served else None
        if served and datetime.now(UTC) - served[0].at > timedelta(seconds=self.helpscout.limit.window):
            left = limit
        self.budget.clear()
        if limit is None:
            return
        left = limit if left is None else left
        with self.budget:
            with Tag("div", "line"):
                Tag("span", "", "Rate budget")
                Tag("strong", "", f"{left} of {limit} left")
            meter = Tag("div", "meter", role="meter", aria_label="Rate budget left", aria_valuenow=left)
            meter.props.update({"aria-valuemin": 0, "aria-valuemax": limit})
            with meter:
                low = "low" if left < limit / 4 else ""
                Tag("span", low).style(f"width: {max(0, min(100, 100 * left / limit)):.0f}%")

    def _draw_tabs(self) -> None:
        """A tab stays the same element: one that is redrawn under the mouse loses its click."""
        for name in ("People", "Rotations", "Conversations", "Requests"):
            if name not in self._tabs:
                with self.tabs:
                    self._tabs[name] = Tag("button", "tab", name, type="button", role="tab")
                self._tabs[name].on("click", lambda _, n=name: self._show(n))
            here = name == self.tab
            self._tabs[name].wear("here", here)
            self._tabs[name].mark_as("aria_selected", str(here).lower())

    def _people(self) -> None:
        sim = self.helpscout
        found = [p for p in sim.people if self.words in f"{p.name} {p.email}".casefold()]
        leaver = self.window.stage.leaver
        found.sort(key=lambda p: (p.email != leaver, not p.name[:1].isalnum(), p.name))
        Tag("p", "count", f"{_people(len(found))} with a seat" + (" found" if self.words else ""))
        for person in found[:MOST_PEOPLE]:
            with Tag("div", "row-card"):
                with Tag("div", "about"):
                    with Tag("div", "line"):
                        Tag("strong", "", person.name or person.email)
                        if person.role != "user":
                            Tag("span", f"badge {person.role}", person.role)
                        if sim.account.duty.presence(person.id).status == "away":
                            Tag("span", "badge", "away")
                    Tag("small", "", f"{person.email} · {person.job_title or 'no title'}")
                    teams = ", ".join(t.name for t in sim.account.teams_of(person)) or "no team"
                    Tag("small", "", f"{teams} · {len(sim.conversations_of(person.id))} open conversations")
                button("Open", lambda p=person: self._open(p), css="button")  # type: ignore[misc]
                button("Remove", lambda p=person: self._remove(p), css="button danger-quiet")  # type: ignore[misc]
        if len(found) > MOST_PEOPLE:
            Tag("p", "count", f"… and {len(found) - MOST_PEOPLE} more: search for them")

    def _rotations(self) -> None:
        """Who gets what arrives, by inbox, and a customer to write."""
        sim = self.helpscout
        duty = sim.account.duty
        Tag("p", "count", "New conversations go to these people in turn, unless they are away")
        for inbox in duty.inboxes.values():
            names = []
            for id in inbox.routing.user_ids:
                person = sim.account.find(id)
                why = duty.eligible(inbox, id).replace("_", " ")
                names.append(f"{person.name if person else id}{f' ({why})' if why else ''}")
            with Tag("div", "row-card"):
                with Tag("div", "about"):
                    with Tag("div", "line"):
                        Tag("strong", "", inbox.name)
                        Tag("span", "badge", inbox.routing.state)
                    Tag("small", "", ", ".join(names) or "nobody")
                    seen_by = "everybody" if inbox.people is None else f"{len(inbox.people)} people"
                    Tag("small", "", f"can be seen by {seen_by}")
                button("A customer writes", lambda i=inbox.id: self._arrive(i), css="button")  # type: ignore[misc]

    def _arrive(self, inbox_id: int) -> None:
        conversation = self.helpscout.account.duty.arrive(inbox_id)
        holder = self.helpscout.account.find(conversation.assignee_id) if conversation.assignee_id else None
        self.window.notify(f"#{conversation.number} went to {holder.name if holder else 'nobody'}.")
        self.refresh()

    def _open(self, person: Person) -> None:
        self.tab, self.person = "Conversations", person
        self.refresh()

    def _remove(self, person: Person) -> None:
        """Behind the bot's back: the next sync must notice, and raise the alarm."""
        if person.role == "owner":
            self.window.notify("Help Scout does not remove the owner.")
            return
        self.helpscout.remove_person(person.id)
        self.window.notify(f"{person.name} was removed in Help Scout itself. The next sync will notice.")
        self.refresh()

    def _conversations(self) -> None:
        sim = self.helpscout
        if self.person is not None:
            found = sim.conversations_of(self.person.id)
            Tag("p", "count", f"{len(found)} open conversations of {self.person.name}")
        else:
            found = [c for c in sim.conversations if c.status in ("active", "pending")]
            Tag("p", "count", f"{len(found)} open conversations, the newest first")
        rows = []
        for one in sorted(found, key=lambda c: -c.number)[:MOST_CONVERSATIONS]:
            holder = sim.account.find(one.assignee_id) if one.assignee_id is not None else None
            name = escape(holder.name) if holder else "<em>nobody</em>"
            rows.append(
                f"<tr><td>#{one.number}</td><td>{escape(one.subject)}</td>"
                f"<td>{escape(one.status)}{_later(one)}</td><td>{name}</td></tr>"
            )
        head = "".join(f'<th scope="col">{n}</th>' for n in ("No.", "Subject", "Status", "Assigned to"))
        html(f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>')

    def _requests(self) -> None:
        entries = self.helpscout.log.entries(last=MOST_REQUESTS)[::-1]
        Tag("p", "count", f"The last {len(entries)} requests, the newest first")
        rows, zone = [], self.window.reader.zone
        for one in entries:
            query = "?" + "&".join(f"{k}={v}" for k, v in one.query.items()) if one.query else ""
            tone = "good" if 200 <= one.status < 300 else "care" if one.status in (404, 429) else "bad"
            fault = f' <span class="badge fault">{escape(one.fault)}</span>' if one.fault else ""
            rows.append(
                f"<tr><td>{one.at.astimezone(zone):%H:%M:%S}</td><td class='method'>{escape(one.method)}</td>"
                f"<td class='path'>{escape(one.path + query)}{fault}</td>"
                f"<td class='{tone}'>{one.status or 'lost'}</td><td>{'' if one.left is None else one.left}</td></tr>"
            )
        head = "".join(f'<th scope="col">{n}</th>' for n in ("Time", "", "Request", "Status", "Left"))
        html(
            f'<div class="table mono"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
        )


def _later(one: Conversation) -> str:
    """What Help Scout does with it by itself, later."""
    scheduled = any(thread.state == "scheduled" for thread in one.replies)
    return (", snoozed" if one.snooze else "") + (", reply scheduled" if scheduled else "")


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"
