"""A stand-in for the bot that shows every part of Block Kit: `python gallery.py` serves the page and prints its URL."""

from collections.abc import Mapping
from typing import Any

from slack_bolt import App, BoltRequest
from slack_sdk import WebClient

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.page.manifest import parsed
from bot.demo.page.serving import PageServer, listen
from bot.demo.page.stage import Stage
from bot.demo.slack import SimulatedSlack

Json = dict[str, Any]

HOSTILE = "<img src=x onerror=alert(1)> *bold* <!channel> `code` &amp;"


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(text: str, action_id: str, **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def options(*names: str) -> list[Json]:
    return [{"text": plain(name), "value": name.lower()} for name in names]


def field(block_id: str, label: str, element: Json, **more: Any) -> Json:
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, **more}


def cells(*words: str) -> list[Json]:
    return [{"type": "raw_text", "text": word} for word in words]


EVERYTHING: list[Json] = [
    {"type": "header", "text": plain("A header")},
    {
        "type": "section",
        "text": mrkdwn("*bold* _italic_ ~struck~ `code` <https://example.com|a link> <@U0ANA00001>"),
        "accessory": button("Beside", "beside"),
    },
    {"type": "section", "fields": [mrkdwn("*Left*\none"), mrkdwn("*Right*\ntwo")]},
    {"type": "section", "text": plain(HOSTILE)},
    {"type": "section", "text": mrkdwn("<!date^1790000000^{date_num} {time}|fallback>")},
    {"type": "divider"},
    {"type": "context", "elements": [mrkdwn("A context :warning:"), plain("and more")]},
    {"type": "image", "image_url": "https://elsewhere.example/x.png", "alt_text": "A picture from elsewhere"},
    {"type": "table", "rows": [cells("Name", "Seats"), cells("Jane", "1")]},
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "an item"}]}],
            }
        ],
    },
    {
        "type": "actions",
        "elements": [
            button(
                "Careful",
                "careful",
                style="danger",
                confirm={
                    "title": plain("Are you sure?"),
                    "text": plain("It can't be undone."),
                    "confirm": plain("Do it"),
                    "deny": plain("Leave it"),
                },
            ),
            {
                "type": "static_select",
                "action_id": "role",
                "placeholder": plain("A role"),
                "options": options("User", "Admin"),
            },
            {"type": "overflow", "action_id": "more", "options": options("Export", "Copy")},
        ],
    },
]


def form(*preview: Json) -> Json:
    person: Json = {"type": "external_select", "action_id": "person", "min_query_length": 2}
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain("A form"),
        "submit": plain("Send"),
        "notify_on_close": True,
        "blocks": [
            field("who", "Person", person, dispatch_action=True),
            *preview,
            field("why", "Reason", {"type": "plain_text_input", "action_id": "reason"}),
            field("mail", "E-mail", {"type": "email_text_input", "action_id": "mail"}, optional=True),
            field("when", "When", {"type": "datetimepicker", "action_id": "when"}, optional=True),
            field("day", "Day", {"type": "datepicker", "action_id": "day"}, optional=True),
            field(
                "teams",
                "Teams",
                {
                    "type": "multi_static_select",
                    "action_id": "teams",
                    "options": options("Billing", "Escalations", "Tier 1"),
                },
                optional=True,
            ),
            field(
                "role",
                "Role",
                {"type": "radio_buttons", "action_id": "role", "options": options("User", "Admin")},
                optional=True,
            ),
            field(
                "extras",
                "Extras",
                {"type": "checkboxes", "action_id": "extras", "options": options("Phone", "Laptop")},
                optional=True,
            ),
        ],
    }


MANIFEST = {
    "features": {
        "slash_commands": [
            {
                "command": "/show",
                "description": "Shows things",
                "usage_hint": "everything | file | nothing WHO",
                "should_escape": True,
            },
            {"command": "/form", "description": "Opens a form", "should_escape": True},
        ],
        "shortcuts": [
            {"name": "Open the form", "type": "global", "callback_id": "open_form", "description": "From anywhere"},
            {"name": "Name the author", "type": "message", "callback_id": "author", "description": "Says who wrote it"},
        ],
    }
}


def listeners(app: App, slack: SimulatedSlack) -> None:
    """What the stand-in does; each act leaves a message that a test can look for."""

    def say(client: WebClient, text: str) -> None:
        client.chat_postMessage(channel="C0ACCESS01", text=text)

    @app.command("/show")
    def show(ack: Any, body: Json, client: WebClient) -> None:
        match body["text"]:
            case "everything":
                ack(text="everything", blocks=EVERYTHING)
            case "file":
                ack("on its way")
                channel = client.conversations_open(users=body["user_id"])["channel"]["id"]
                client.files_upload_v2(
                    channel=channel, filename="people.csv", content="name\n<b>Jane</b>\n", title="People"
                )
            case other:
                ack(f"nothing about {other}")

    @app.command("/form")
    def open_form(ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=form())

    @app.shortcut("open_form")
    def from_shortcut(ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=form())

    @app.shortcut("author")
    def author(ack: Any, body: Json, client: WebClient) -> None:
        ack()
        say(client, f"written by <@{body['message']['user']}>")

    @app.options("person")
    def offer(ack: Any, body: Json) -> None:
        words = body["value"].casefold()
        found = [p for p in slack.people if words in p.name.casefold()]
        ack(options=[{"text": plain(p.name), "value": p.id} for p in found])

    @app.action("person")
    def chosen(ack: Any, body: Json, client: WebClient) -> None:
        ack()
        name = body["actions"][0]["selected_option"]["text"]["text"]
        preview = {"type": "section", "block_id": "preview", "text": plain(f"{name} has 15 open conversations.")}
        client.views_update(view_id=body["view"]["id"], view=form(preview))

    @app.view("form")
    def sent(ack: Any, body: Json, client: WebClient) -> None:
        values = body["view"]["state"]["values"]
        if values["why"]["reason"]["value"] == "short":
            ack(response_action="errors", errors={"why": "Say more than that."})
            return
        ack()
        teams = ", ".join(o["value"] for o in values["teams"]["teams"]["selected_options"])
        role = (values["role"]["role"]["selected_option"] or {}).get("value")
        extras = ", ".join(o["value"] for o in values["extras"]["extras"]["selected_options"])
        when = values["when"]["when"]["selected_date_time"]
        person = values["who"]["person"]["selected_option"]["value"]
        say(client, f"sent: <@{person}> | {values['why']['reason']['value']} | {when} | {teams} | {role} | {extras}")

    @app.view_closed("form")
    def closed(ack: Any, client: WebClient) -> None:
        ack()
        say(client, "closed without sending")

    for action in ("beside", "careful", "role", "more"):

        @app.action(action)
        def pressed(ack: Any, body: Json, client: WebClient) -> None:
            ack()
            done = body["actions"][0]
            option = (done.get("selected_option") or {}).get("value", "")
            say(client, f"pressed {done['action_id']} {option} by <@{body['user']['id']}>")

    @app.event("app_home_opened")
    def home(event: Json, client: WebClient) -> None:
        blocks = [
            {"type": "section", "text": mrkdwn(f"Hello <@{event['user']}>"), "accessory": button("Beside", "beside")}
        ]
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})


def main() -> None:
    with SimulatedSlack() as slack, SimulatedHelpScout(people=60, limit=400) as helpscout:
        client = WebClient(token=slack.bot_token, base_url=slack.url)
        app = App(client=client, signing_secret=slack.signing_secret, process_before_response=True)
        listeners(app, slack)

        def bot(body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
            said = app.dispatch(BoltRequest(body=body.decode(), headers=dict(headers)))
            return said.status, {name: str(values[0]) for name, values in said.headers.items()}, said.body.encode()

        slack.connect(bot)
        stage = Stage(slack=slack, manifest=parsed(MANIFEST), helpscout=helpscout)
        server = PageServer(stage, listen(0))
        server.serve(lambda: print(f"page: {server.url}", flush=True))


if __name__ == "__main__":
    main()
