"""The page put together: people on top, sidebar, conversation, one panel on the right, a modal over all."""

import time
from pathlib import Path

from fastapi import Request, Response
from nicegui import app, ui

from bot.demo.page.conversation import Conversation
from bot.demo.page.modal import Modal
from bot.demo.page.panels.faults import FaultPanel
from bot.demo.page.panels.helpscout import HelpScoutPanel
from bot.demo.page.panels.provider import ProviderPanel
from bot.demo.page.panels.record import RecordPanel
from bot.demo.page.panels.thread import ThreadPanel
from bot.demo.page.panels.tour import TourPanel
from bot.demo.page.panels.tour_steps import Tour
from bot.demo.page.people_switch import PeopleSwitch
from bot.demo.page.sidebar import Sidebar
from bot.demo.page.stage import Stage
from bot.demo.page.tags import Tag
from bot.demo.page.window import Follower, Window

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
TITLE = "hs-bot demo"


def draw(stage: Stage, tour: Tour, *, who: str = "", place: str = "") -> Window:
    """Builds the page for one browser tab."""
    ui.add_css(STYLE)
    window = Window(stage, who=who, place=place)
    ui.context.client.content.classes(replace="page")
    skip = Tag("a", "skip", "Skip to the messages")
    switch = PeopleSwitch(window)
    with Tag("div", "frame"):
        sidebar = Sidebar(window)
        conversation = Conversation(window)
        skip.props["href"] = f"#{conversation.talk.html_id}"
        window.write = conversation.composer.put
        parts: list[Follower] = [conversation, switch, sidebar, ThreadPanel(window), TourPanel(window, tour)]
        if stage.helpscout is not None:
            parts += [HelpScoutPanel(window, stage.helpscout), FaultPanel(window, stage.helpscout)]
        if stage.provider is not None and stage.helpscout is not None and stage.record is not None:
            parts.append(ProviderPanel(window, stage.provider, stage.helpscout, stage.record))
        if stage.record is not None:
            parts.append(RecordPanel(window, stage.record))
    parts += [Modal(window), Toasts(window)]
    for part in parts:
        window.add(part)
    window.refresh()
    return window


class Toasts:
    """What Slack says in passing, for instance that the bot did not take a click."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self._since = time.time()

    def refresh(self) -> None:
        for toast in self.window.workspace.toasts:
            if toast.at > self._since and toast.user == self.window.person.id:
                self._since = toast.at
                self.window.notify(toast.text)


def add_routes(stage: Stage) -> None:
    """Files of the workspace, for pictures and downloads."""

    @app.get("/file/{file_id}")
    def file(file_id: str) -> Response:
        found = stage.slack.workspace.files.get(file_id)
        if found is None or found.content is None:
            return Response("no such file", status_code=404)
        headers = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
        return Response(found.content, media_type=str(found.as_json()["mimetype"]), headers=headers)


def register(stage: Stage) -> None:
    """Registers the page at `/`; `/?as=ana&in=general` starts as somebody else, elsewhere."""
    tour = Tour(stage)
    add_routes(stage)

    @ui.page("/", title=TITLE)
    def workspace(request: Request) -> None:
        place = stage.slack.workspace.find_channel(request.query_params.get("in", ""))
        window = draw(stage, tour, who=request.query_params.get("as", ""), place=place.id if place else "")
        ui.context.client.on_delete(window.close)
