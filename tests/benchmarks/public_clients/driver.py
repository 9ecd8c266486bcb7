"""Runs inside the environment of one public client: lists everybody once and prints what came, as one line of JSON.

    python driver.py python-helpscout < {"api_url": …, "app_id": …, "app_secret": …}

Each client is used as its own documentation has it. helpscout-mailbox has no call that lists users, so its own request
function is walked in the way its `search_conversations` walks: the same session, retries and end condition. What is
timed is the token and the pages; starting Python and importing are not.
"""

import importlib
import json
import os
import sys
import time
from typing import Any


def list_with_python_helpscout(server: dict[str, str]) -> list[Any]:
    """The ids as they came. https://pypi.org/project/python-helpscout/"""
    helpscout = importlib.import_module("helpscout")
    client = helpscout.HelpScout(
        app_id=server["app_id"], app_secret=server["app_secret"], base_url=server["api_url"] + "/"
    )
    return [getattr(user, "id", None) for user in client.users.get()]


def list_with_helpscout_mailbox(server: dict[str, str]) -> list[Any]:
    """The ids as they came. https://pypi.org/project/helpscout-mailbox/"""
    module = importlib.import_module("helpscout_mailbox.client")
    # Its addresses are constants of the module; there is no parameter for them.
    vars(module).update(BASE_URL=server["api_url"], TOKEN_URL=server["api_url"] + "/oauth2/token")
    os.environ.update(HELPSCOUT_APP_ID=server["app_id"], HELPSCOUT_APP_SECRET=server["app_secret"])
    client = module.HelpScoutClient()
    ids: list[Any] = []
    page = 1
    while True:
        payload = client._get("/users", params={"page": page})
        users = payload.get("_embedded", {}).get("users", [])
        if not users:
            return ids
        ids += [user.get("id") for user in users]
        if page >= payload.get("page", {}).get("totalPages", page):
            return ids
        page += 1


CLIENTS = {
    "python-helpscout": ("helpscout", list_with_python_helpscout),
    "helpscout-mailbox": ("helpscout_mailbox", list_with_helpscout_mailbox),
}


def count_requests() -> list[str]:
    """A list that grows with every request that goes out, whichever way the client sends it."""
    session = importlib.import_module("requests").Session
    sent: list[str] = []
    send = session.send

    def counted(self: Any, request: Any, **options: Any) -> Any:
        sent.append(request.url)
        return send(self, request, **options)

    session.send = counted
    return sent


def main(name: str) -> None:
    server = json.load(sys.stdin)
    module, listing = CLIENTS[name]
    importlib.import_module(module)
    sent = count_requests()
    ids: list[Any] = []
    error = ""
    started = time.perf_counter()
    try:
        ids = listing(server)
    except Exception as problem:  # noqa: BLE001 what a client raises is the result here
        error = f"{type(problem).__name__}: {problem}"[:300]
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "ids": ids, "requests": len(sent), "error": error}))


if __name__ == "__main__":
    main(sys.argv[1])
