"""api.test, apps.connections.open (Socket Mode), reactions.add."""

from collections.abc import Mapping

from bot.demo.slack.web_api.call import Call, Json, Method, Refused


def _api_test(call: Call) -> Json:
    if call.text("error"):
        raise Refused(call.text("error"))
    return {"args": dict(call.arguments)}


def _connections_open(call: Call) -> Json:
    return {"url": call.installation.socket_url()}


def _add_reaction(call: Call) -> Json:
    message = call.workspace.find_message(call.channel(), call.needed("timestamp", "message_not_found"))
    if message is None:
        raise Refused("message_not_found")
    call.needed("name", "invalid_name")
    return {}


METHODS: Mapping[str, Method] = {
    "api.test": Method(run=_api_test),
    "apps.connections.open": Method(run=_connections_open, scopes=("connections:write",), app_level=True),
    "reactions.add": Method(run=_add_reaction, scopes=("reactions:write",)),
}
