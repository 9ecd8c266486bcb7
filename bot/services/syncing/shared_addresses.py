"""Active people of Help Scout who have one main e-mail address together, whatever its spelling."""

from bot.store.record import Record

MOST = 5


def shared_addresses(record: Record) -> list[str]:
    """A sentence for each such address; the people are named with their ids, for whoever corrects it."""
    found = list(record.identities.shared_mains().items())
    sentences = [
        f"{' and '.join(f'{name} ({id})' for id, name in people)} have one e-mail address ({key}). Correct it in Help "
        "Scout: until then hs-bot changes neither."
        for key, people in found[:MOST]
    ]
    return [*sentences, *([f"{len(found) - MOST} more addresses are shared."] if len(found) > MOST else [])]
