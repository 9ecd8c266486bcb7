"""canaille, an identity provider by others, pushes to the demo's bot: joins, a rename, a group, leaves. By hand:

    python -m venv /tmp/canaille && /tmp/canaille/bin/pip install 'canaille[front,oidc,scim]' 'scim2-client==0.7.5' 'scim2-models<0.7'
    python -m tests.services.gate.with_canaille /tmp/canaille/bin/python

It takes half a minute, most of which is two processes starting; no test of the suite. (canaille 0.3.6 asks for names that
later versions of scim2-client have no more.)
"""  # noqa: E501 - a command in one piece

import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.demo.page.panels.record_reader import Pushed

JANE, NINA, SHIFT = "jane@acme.example", "nina.new@acme.example", "Night Shift"


def push(url: str, token: str) -> None:
    """With canaille's Python. A line out after each step, a line in before the next."""
    import datetime

    from canaille import create_app  # type: ignore[import-not-found]
    from canaille.app import models  # type: ignore[import-not-found]
    from canaille.backends import Backend  # type: ignore[import-not-found]

    now, host = datetime.datetime.now(datetime.UTC), url.split("/")[2]
    settings = {
        "SECRET_KEY": "x",
        "SERVER_NAME": "canaille.example",
        "CANAILLE": {"DATABASE": "memory"},
        "CANAILLE_SCIM": {"ENABLE_CLIENT": True},
        "CANAILLE_OIDC": {"TRUSTED_DOMAINS": [host, host.partition(":")[0]]},
    }
    app = create_app(settings)

    def person(address: str, given: str, family: str) -> Any:
        return models.User(user_name=address, emails=[address], given_name=given, family_name=family)

    def done(step: str, *saved: Any, delete: bool = False) -> None:
        for one in saved:
            (Backend.instance.delete if delete else Backend.instance.save)(one)
        print(f"step {step}", flush=True)
        sys.stdin.readline()

    with app.app_context(), app.backend.session():
        client = models.Client(client_id="hs-bot", client_name="hs-bot", client_uri=url)
        Backend.instance.save(client)
        more = {"subject": None, "audience": [client], "client": client, "refresh_token": "r", "scope": []}
        Backend.instance.save(models.Token(token_id="t", access_token=token, issue_date=now, lifetime=3600, **more))
        nina, jane = person(NINA, "Nina", "New"), person(JANE, "Jane", "D'Arcy")
        done("joined", nina, jane)
        jane.family_name = "Dearcy"
        done("renamed", jane)
        group = models.Group(display_name=SHIFT, members=[nina, jane])
        done("grouped", group)
        jane.lock_date = now
        done("locked", jane)
        done("deleted", nina, delete=True)
        done("group deleted", group, delete=True)


def main(python: str) -> None:
    from bot.demo.page.panels.record_reader import RecordReader
    from bot.demo.start import Demo

    with Demo(people=60) as demo:
        demo.bot.start()
        assert demo.stage.record is not None
        reader, teams = RecordReader(demo.stage.record), demo.helpscout.account.teams

        def wish(name: str) -> "Pushed | None":
            return next((one for one in reader.pushed() if name in (one.address, one.name)), None)

        def request(name: str, kind: str, state: str) -> bool:
            found = wish(name)
            return found is not None and (found.request, found.state) == (kind, state)

        def provisioned() -> bool:
            for card in demo.slack.channel("access").messages:
                if "Okta asks to provision Nina New" in card.shown and "Waits for approval" in card.shown:
                    demo.slack.click("ana", card, "Approve")
            return request(NINA, "provision", "done")

        def members() -> set[str]:
            shift = next((one for one in teams.values() if one.name == SHIFT), None)
            people = [demo.helpscout.account.find(id) for id in shift.members] if shift is not None else []
            return {one.email for one in people if one is not None}

        expected: dict[str, Callable[[], bool]] = {
            "joined": lambda: provisioned() and wish(JANE) is not None,
            "renamed": lambda: any((one.email, one.last_name) == (JANE, "Dearcy") for one in demo.helpscout.people),
            "grouped": lambda: members() == {JANE, NINA},
            "locked": lambda: request(JANE, "offboard", "pending"),
            "deleted": lambda: request(NINA, "offboard", "pending"),
            "group deleted": lambda: request(SHIFT, "delete team", "pending"),
        }
        time.sleep(5)  # the first sync
        gate = [f"http://127.0.0.1:{demo.bot.port}/scim/v2", demo.gate_token]
        with subprocess.Popen(
            [python, __file__, *gate], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as canaille:
            assert canaille.stdin is not None
            assert canaille.stdout is not None
            for step, came_true in expected.items():
                line = canaille.stdout.readline().strip()
                assert line == f"step {step}", line
                ends = time.monotonic() + 20
                while not came_true():
                    assert time.monotonic() < ends, (step, reader.pushed())
                    time.sleep(0.2)
                print(f"{step}: right", flush=True)
                canaille.stdin.write("\n")
                canaille.stdin.flush()


if __name__ == "__main__":
    push(*sys.argv[1:]) if len(sys.argv) == 3 else main(*sys.argv[1:])
