"""Which faults the page can switch on: each with its words, its icon, and what it orders of a simulation."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.demo.helpscout import Behaviour, Fault
from bot.demo.helpscout.http.faults import Faults
from bot.demo.slack import SimulatedSlack

PLAIN_USER = "max@acme.example"
CALLS = (
    ("statuses", "An older API: nobody can be set away. The offboarding must say so and go on.", "/users/*/status"),
    ("rotations", "An older API: rotations can't be read or changed.", "/mailboxes/*/routing"),
    (
        "snoozes and schedules",
        "An older API: a snooze can't be set, a scheduled reply can't be stopped.",
        "/conversations/*/snooze",
        "/conversations/*/schedule",
    ),
    ("workflows", "An older API: nobody can tell which workflow became invalid.", "/workflows"),
)
"""Groups of calls that an account's API may lack: title, what to watch, the paths."""


@dataclass(frozen=True, kw_only=True)
class Switch:
    """`order` switches the fault on; `picture` is an icon."""

    title: str
    text: str
    picture: str
    order: Callable[[], object]


def of_helpscout(faults: Faults) -> list[Switch]:
    """Answers of the API: late, refused, lost."""
    return [
        Switch(
            title="Too many requests",
            text="The next 3 requests are answered 429; the bot must wait as told.",
            picture="speed",
            order=lambda: faults.add(fault=Fault.RATE_LIMITED, times=3, retry_after=2),
        ),
        Switch(
            title="Server error",
            text="The next 2 requests are answered 500.",
            picture="error",
            order=lambda: faults.add(fault=Fault.ERROR_500, times=2),
        ),
        Switch(
            title="Lost answer to a removal",
            text="The person is removed, but the bot does not hear it. It must look, not guess.",
            picture="link_off",
            order=lambda: faults.add(fault=Fault.DROPPED_AFTER, match="DELETE /scim/Users/*"),
        ),
        Switch(
            title="Slow answers",
            text="The next 5 requests take two seconds.",
            picture="hourglass_bottom",
            order=lambda: faults.add(fault=Fault.SLOW, times=5, seconds=2.0),
        ),
        Switch(
            title="Slow hand-over",
            text="Each of the next 8 conversations takes a second longer: time to watch, or to kill the bot.",
            picture="hourglass_top",
            order=lambda: [
                faults.add(fault=Fault.SLOW, match="PATCH /conversations/*", times=1, seconds=float(seconds))
                for seconds in range(1, 9)
            ],
        ),
        Switch(
            title="Shifted pages",
            text="Page 2 of the people starts one person late. Nobody may be taken for gone.",
            picture="low_priority",
            order=lambda: faults.add(fault=Fault.SHIFTED_PAGE, match="GET /users?page=2"),
        ),
        *(_missing(faults, *group) for group in CALLS),
    ]


def of_account(behaviour: Behaviour) -> list[Switch]:
    """How the bot writes follows: over SCIM, over REST, or by hand. Until cleared."""
    return [
        Switch(
            title="No SCIM",
            text="SCIM refuses its token, as on a plan without it: new requests go over REST.",
            picture="key_off",
            order=lambda: setattr(behaviour, "scim_plan", False),
        ),
        Switch(
            title="Role user",
            text="The bot's credential is a plain user's now: over REST they may give and take no seats.",
            picture="person_off",
            order=lambda: setattr(behaviour, "credential", PLAIN_USER),
        ),
        Switch(
            title="Calls missing",
            text="An older API: no calls that create or delete users. What was approved is done by hand.",
            picture="phonelink_off",
            order=lambda: setattr(behaviour, "new_calls", False),
        ),
    ]


def _missing(faults: Faults, title: str, text: str, *paths: str) -> Switch:
    """A group of calls that this account's API lacks, until cleared."""
    return Switch(
        title=f"Calls missing: {title}",
        text=text,
        picture="extension_off",
        order=lambda: [faults.add(fault=Fault.NO_SUCH_CALL, match=path, times=None) for path in paths],
    )


def of_slack(slack: SimulatedSlack) -> list[Switch]:
    """Calls that fail once or a few times, and those that are refused until cleared."""
    faults = slack.faults
    return [
        Switch(
            title="Too many messages",
            text="The next 3 posts or updates are answered 429.",
            picture="speed",
            order=lambda: faults.rate_limit("chat.*", times=3, retry_after=2),
        ),
        Switch(
            title="Server error",
            text="The next 2 calls are answered 500.",
            picture="error",
            order=lambda: faults.server_error(times=2),
        ),
        Switch(
            title="Lost answer to a post",
            text="The message is there, but the bot does not hear it. It must not post twice.",
            picture="link_off",
            order=lambda: faults.lose_answer("chat.postMessage"),
        ),
        *_refusals(slack),
    ]


def _refusals(slack: SimulatedSlack) -> list[Switch]:
    """What Slack refuses for good, in its own words; for calls about the channel of the cards, until cleared."""
    faults, cards = slack.faults, slack.channel("access").id
    late = "[ERROR] `trigger_id` expired [json-pointer:/trigger_id]"
    return [
        Switch(
            title="Archived channel",
            text="#access takes no message and no update, as if it were archived.",
            picture="inventory_2",
            order=lambda: [
                faults.error("is_archived", "chat.postMessage", times=None, channel=cards),
                faults.error("is_inactive", "chat.update", times=None, channel=cards),
            ],
        ),
        Switch(
            title="Read-only channel",
            text="Only admins may post in #access; requesters must hear of it.",
            picture="edit_off",
            order=lambda: faults.error("restricted_action", "chat.postMessage", times=None, channel=cards),
        ),
        Switch(
            title="Locked thread",
            text="Replies under the cards are refused; what they'd say must reach people another way.",
            picture="lock",
            order=lambda: faults.error(
                "restricted_action_thread_locked", "chat.postMessage", times=None, channel=cards, replies=True
            ),
        ),
        Switch(
            title="Late form",
            text="The next form can't be opened, as if it came after Slack's three seconds.",
            picture="timer_off",
            order=lambda: faults.error(
                "invalid_arguments", "views.open", details={"response_metadata": {"messages": [late]}}
            ),
        ),
        Switch(
            title="Member list limited",
            text="The next 3 pages of Slack's member list are answered 429; reading must go on where it was.",
            picture="groups",
            order=lambda: faults.rate_limit("users.list", times=3, retry_after=2),
        ),
    ]
