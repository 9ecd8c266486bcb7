"""views.*: modals and Home tabs."""

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from bot.demo.slack.block_kit import check_view
from bot.demo.slack.forms import FormState
from bot.demo.slack.things import View
from bot.demo.slack.web_api.call import Call, Json, Method, Refused
from bot.demo.slack.workspace import Workspace

MOST_ON_STACK = 3
LARGEST_VIEW = 250_000  # bytes


def checked_view(view: Any, *, kinds: tuple[str, ...]) -> Json:
    """The view with its ids filled in, else `invalid_arguments` with every fault."""
    kept, wrong = check_view(view, kinds=kinds)
    if wrong:
        raise Refused("invalid_arguments", response_metadata={"messages": wrong})
    if len(json.dumps(kept)) > LARGEST_VIEW:
        raise Refused("view_too_large")
    return kept


def new_view(workspace: Workspace, user: str, content: Json, *, below: View | None = None) -> View:
    view_id = workspace.new_id("V")
    return View(
        id=view_id,
        user=user,
        content=content,
        hash=f"{int(time.time())}.{secrets.token_hex(4)}",
        root_id=below.root_id if below else view_id,
        previous_id=below.id if below else "",
        state=FormState.of(content["blocks"]),
    )


def pushed(workspace: Workspace, user: str, content: Json) -> View:
    """The view on top of what the person has open; else `push_limit_reached`."""
    stack = workspace.modals.setdefault(user, [])
    if len(stack) >= MOST_ON_STACK:
        raise Refused("push_limit_reached")
    view = new_view(workspace, user, content, below=stack[-1] if stack else None)
    with workspace.changing():
        stack.append(view)
    return view


def _view_argument(call: Call, kinds: tuple[str, ...]) -> Json:
    content = checked_view(call.structure("view", "invalid_arguments"), kinds=kinds)
    external = content.get("external_id")
    if external and (other := call.workspace.find_view(external_id=external)) and other.id != call.text("view_id"):
        raise Refused("duplicate_external_id")
    return content


def _open(call: Call) -> Json:
    content = _view_argument(call, ("modal",))
    trigger = call.installation.triggers.exchange(call.needed("trigger_id", "invalid_trigger_id"))
    view = new_view(call.workspace, trigger.user, content)
    with call.workspace.changing():
        call.workspace.modals[trigger.user] = [view]
        trigger.view_id = view.id
    return {"view": view.as_json()}


def _push(call: Call) -> Json:
    content = _view_argument(call, ("modal",))
    trigger = call.installation.triggers.exchange(call.needed("trigger_id", "invalid_trigger_id"), within_view=True)
    view = pushed(call.workspace, trigger.user, content)
    trigger.view_id = view.id
    return {"view": view.as_json()}


def _update(call: Call) -> Json:
    view = call.workspace.find_view(call.text("view_id"), call.text("external_id"))
    if view is None:
        raise Refused("not_found")
    content = _view_argument(call, (view.type,))
    if call.text("hash") and call.text("hash") != view.hash:
        raise Refused("hash_conflict")
    call.workspace.change_view(view, content)
    return {"view": view.as_json()}


def _publish(call: Call) -> Json:
    content = _view_argument(call, ("home",))
    person = call.person("user_id")
    if person.deleted or person.is_bot:
        raise Refused("not_enabled")
    with call.workspace.changing():
        before = call.workspace.homes.get(person.id)
        if call.text("hash") and before is not None and call.text("hash") != before.hash:
            raise Refused("hash_conflict")
        if before is None:
            view = call.workspace.homes[person.id] = new_view(call.workspace, person.id, content)
        else:
            view = call.workspace.change_view(before, content)
    return {"view": view.as_json()}


METHODS: Mapping[str, Method] = {
    "views.open": Method(run=_open),
    "views.push": Method(run=_push),
    "views.update": Method(run=_update),
    "views.publish": Method(run=_publish),
}
