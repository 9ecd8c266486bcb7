"""The demo's three sources disagree as real ones do, and what is found can be worked down to zero."""

import io
from collections import Counter

from bot.demo.directories.people import Directory
from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.members import members
from bot.demo.workplace import NEWCOMERS, fill_okta, hr_list
from bot.model.address import address_key
from bot.model.colleague import Colleague, Employment, Listing
from bot.model.member import Member
from bot.model.user import User
from bot.policy.people.finding import Kind
from bot.policy.people.matching import Seat
from bot.policy.people.reconciliation import reconcile
from bot.policy.people.source_guard import too_many_at_first
from bot.sources.csv_file import colleagues
from bot.sources.slack import Slack

STATES = {"active": Employment.ACTIVE, "suspended": Employment.SUSPENDED}


def test_each_kind_is_found_and_no_first_reading_is_held_back() -> None:
    with SimulatedHelpScout(people=300) as helpscout:
        okta = Directory()
        fill_okta(okta, helpscout)
        people = [one for one in members(helpscout) if not one.is_bot]
        hr = tuple(colleagues(io.StringIO(hr_list(helpscout))))
        seats = [
            Seat(user=User(id=n, email=one.email, first_name=one.name, role=one.role, type=one.type))
            for n, one in enumerate(helpscout.people, 1)
        ]
    accounts = tuple(
        Colleague(
            id=one.id, email=one.email, others=(one.login,) if one.login else (), name=one.name, state=STATES[one.state]
        )
        for one in okta.accounts
    )
    slack = [
        Member(id=one.id, name=one.name, email=one.email, deleted=one.deleted, is_guest=one.is_guest) for one in people
    ]
    listings = [
        Slack(lambda: slack).read(),
        Listing(source="okta", title="Okta", people=accounts, group="Help Scout"),
        Listing(source="csv", title="the CSV file", people=hr),
    ]
    found = reconcile(seats, listings).findings
    counts = Counter(one.kind for one in found)
    assert counts[Kind.MISSING] == len(NEWCOMERS)
    assert 5 < counts[Kind.ORPHAN] < 60
    assert 0 < counts[Kind.DIFFERENT] < 10
    assert any(not one.sure for one in found if one.kind is Kind.ORPHAN), "some contradict each other"
    for listing in listings:
        alone = reconcile(seats, [listing]).findings
        orphans = frozenset(one.id for one in alone if one.kind is Kind.ORPHAN and one.id is not None)
        assert too_many_at_first(listing.title, orphans, len(seats), 0.10) is None, listing.title
    gone = {address_key(one.email) for one in found if one.kind is Kind.ORPHAN}
    left = [seat for seat in seats if seat.user.key not in gone]
    given = [Seat(user=User(id=9000 + n, email=email, first_name=name)) for n, (email, name) in enumerate(NEWCOMERS)]
    rest = reconcile([*left, *given], listings).findings
    settled = [one for one in rest if one.kind is not Kind.DIFFERENT]
    assert [one for one in settled if one.kind is not Kind.MISSING or one.sure] == [], "what is left is contradicted"
