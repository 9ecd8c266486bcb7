"""What the demo's account is at when somebody looks in: rotations, an inbox for a few, a snooze, a scheduled reply."""

import time

from bot.demo.helpscout import DEMO_OWNER, DEMO_PEOPLE, DEMO_TARGET, SimulatedHelpScout

SUPPORT, BILLING = 85_001, 85_002
DAY = 86_400.0
WEEK = 7 * DAY


def put_on_duty(helpscout: SimulatedHelpScout) -> None:
    """Jane is in the rotation of Support, and the last one in that of Billing; three of hers are snoozed, one reply of
    hers is scheduled, and a workflow assigns to her.
    """
    account = helpscout.account
    people = {cast.email for cast in (*DEMO_PEOPLE, DEMO_TARGET, DEMO_OWNER) if cast.in_helpscout}
    ids = {email: helpscout.person(email).id for email in people if account.find(email) is not None}
    jane = ids.get(DEMO_TARGET.email)
    if jane is None:
        return
    others = [ids[cast.email] for cast in DEMO_PEOPLE if cast.email in ids and cast.role == "user"]
    account.duty.rotate(SUPPORT, [jane, *others])
    account.duty.rotate(BILLING, [jane])
    theirs = helpscout.conversations_of(jane)
    for conversation in theirs[:3]:
        account.work.snooze(conversation, WEEK, by=jane)
    if len(theirs) > 3:
        account.work.schedule(theirs[3], jane, WEEK)
    for number, row in enumerate(sorted(set(account.listing) - set(ids.values()))[10::40]):
        presence = account.duty.presence(row)  # a few nobody seems to use
        presence.status, presence.since = ("away" if number % 2 else "active"), time.time() - (120 + number) * DAY
    account.work.workflow("VIP customers to Jane", assigns_to=jane, mailbox_id=SUPPORT)
