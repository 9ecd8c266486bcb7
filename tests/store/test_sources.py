"""What is kept of sources, on each engine: who was in the last whole reading, and whose accounts are whose."""

from bot.model.colleague import Colleague, Employment, Listing
from bot.policy.people.source_guard import Before
from bot.store.record import Record


def reading(*people: Colleague) -> Listing:
    return Listing(source="csv", title="the CSV file", people=people)


def who(n: int, state: Employment = Employment.ACTIVE) -> Colleague:
    return Colleague(id=f"p{n}", email=f"p{n}@acme.example", state=state)


def test_a_reading_is_measured_by_the_one_before_and_pairs_outlive_both(record: Record) -> None:
    sources, everybody = record.sources, reading(*(who(n) for n in range(20)))
    assert sources.before(everybody) is None
    sources.keep(everybody)
    sources.keep(Listing(source="okta", title="Okta", people=(who(1), who(77))))
    pairs = {("csv", "p1"): 1, ("csv", "p2"): 2}
    sources.pair(pairs)
    assert sources.before(reading(who(1), who(77))) == Before(active=20, gone=19)
    sources.keep(reading(who(1, Employment.LEFT), who(3)))
    assert sources.before(reading(who(3))) == Before(active=1, gone=0)
    sources.keep(reading(who(2), who(3)))
    assert sources.before(reading()) == Before(active=2, gone=2)
    assert sources.pairs() == pairs
