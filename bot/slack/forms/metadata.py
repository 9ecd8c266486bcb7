"""What a form keeps in its `private_metadata`, to know afterwards what it is about and where to answer.

It comes back as a claim, like everything: a request is looked up again, and nothing is posted to an address that is not
Slack's.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.slack.handling.payload import Call, text
from bot.slack.views.kit import METADATA


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """`response_url` of what the form was opened by, "" when that had none.

    `target_id` is the REST id of a person or a team, `changed` names fields that were shown already as somebody wants
    them.
    """

    request_id: str = ""
    response_url: str = ""
    target_id: int = 0
    changed: frozenset[str] = frozenset()


def metadata(call: Call, *, request_id: str = "", target_id: int = 0, changed: Iterable[str] = ()) -> str:
    """For the `private_metadata` of a form that `call` opens, or that takes the place of the form it comes from."""
    about = {"request_id": request_id, "target_id": target_id, "changed": sorted(changed)}
    kept = {**about, "response_url": answering(call).response_url}
    written = json.dumps({name: value for name, value in kept.items() if value})
    return written if len(written) <= METADATA else json.dumps(about)


def read_metadata(call: Call) -> Metadata:
    """Of the form that `call` comes from; what can't be read is empty."""
    try:
        kept = json.loads(text(call.view.get("private_metadata")) or "{}")
    except ValueError:
        kept = {}
    if not isinstance(kept, Mapping):
        kept = {}
    target, changed = kept.get("target_id"), kept.get("changed")
    return Metadata(
        request_id=text(kept.get("request_id")),
        response_url=text(kept.get("response_url")),
        target_id=target if isinstance(target, int) and 0 < target < 1 << 63 else 0,
        changed=frozenset(text(name) for name in changed) if isinstance(changed, list) else frozenset(),
    )


def answering(call: Call) -> Call:
    """The submission, to be answered where the form was opened."""
    return replace(call, response_url=call.response_url or read_metadata(call).response_url)
