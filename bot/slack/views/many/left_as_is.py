"""Findings that somebody has said are right as they are: the list, the form, the line on one that is back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import DatePickerElement, InputBlock, PlainTextInputElement, PlainTextObject
from slack_sdk.models.views import View

from bot.policy.people.finding import Finding, Kind
from bot.slack.views.kit import Message, actions, button, context, modal, section
from bot.slack.views.text import at as drawn
from bot.slack.views.text import counted, member, plain, safe

PAGE = 8
LEFT = "reconcile.left"
TAKE_BACK = "reconcile.take_back"
FORM = "reconcile.leave_form"
WHY, UNTIL = "why", "until"


@dataclass(frozen=True, slots=True)
class LeftRow:
    """A finding that was left as it is: whose, who said so, why, and until when (a date, or "")."""

    key: str
    name: str
    by: str
    why: str
    until: str = ""


def left_page(kept: Sequence[LeftRow], *, offset: int = 0, newer: str = "", older: str = "") -> Message:
    """One page of what was left as it is, each with a button that takes it back."""
    if not kept:
        return Message("Nothing was left as it is.", (section("Nothing was left as it is."),))
    heading = (
        f"*{counted(len(kept), 'finding was', 'findings were')} left as {'it is' if len(kept) == 1 else 'they are'}*"
    )
    shown = kept[offset : offset + PAGE]
    rows = [
        section(
            f"*{safe(one.name, 150)}*\n{safe(one.why, 300)} · said by {member(one.by)}"
            + (f" · until {safe(one.until, 40)}" if one.until else ""),
            accessory=button("Take back", f"{TAKE_BACK}:{place}", one.key, label=f"Take back: {one.name}"),
        )
        for place, one in enumerate(shown)
    ]
    turns = [button(w, f"{LEFT}:{w.lower()}", c) for w, c in (("Back", newer), ("More", older)) if c]
    where = context(f"{offset + 1}–{offset + len(shown)} of {len(kept)}")
    return Message(heading, (section(heading), *rows, where, *([actions(*turns)] if turns else [])))


def leave_form(finding: Finding, private_metadata: str) -> View:
    """Asks why a finding is right as it is, and until when."""
    why = InputBlock(
        block_id=WHY,
        label=PlainTextObject(text="Why"),
        element=PlainTextInputElement(
            action_id=WHY, max_length=500, placeholder=PlainTextObject(text="An intern without Slack")
        ),
    )
    until = InputBlock(
        block_id=UNTIL,
        label=PlainTextObject(text="Until"),
        optional=True,
        hint=PlainTextObject(text="Leave empty to leave it as it is for good."),
        element=DatePickerElement(action_id=UNTIL),
    )
    who = f"*{safe(finding.name, 150)}*"
    said = section(f"{who} won't be listed for this{unless(finding)}. Your name and reason are kept on record.")
    return modal(
        "Leave as it is",
        [said, section(safe(plain(finding.detail, 500), 600)), why, until],
        callback_id=FORM,
        submit="Leave as it is",
        close="Cancel",
        private_metadata=private_metadata,
    )


def unless(finding: Finding) -> str:
    """What will have it listed again, for the end of a sentence; "" for what comes back as another finding."""
    return ", unless a source newly says that they are gone" if finding.kind in (Kind.ORPHAN, Kind.UNKNOWN) else ""


def left_before(by: str, at: datetime, why: str, seen: Mapping[str, str] | None) -> str:
    """On the row of a finding that was left as it is and is listed again, as a source says more than it did then."""
    then = ", ".join(f"{safe(name, 20)}: {safe(said, 80)}" for name, said in (seen or {}).items())
    when = f", when the sources said {then}" if then else ""
    return f"{member(by)} left this as it is on {drawn(at, '{date_short}')}{when}. Reason: {safe(why, 300)}"
