"""The directory with 20,000 and 100,000 people: typeahead, misspelled names, exact look-ups, and memory.

python -m tests.benchmarks.directory          some two minutes
"""

import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.model.user import Status, UserRecord
from bot.policy.typed.fold import fold
from bot.policy.typed.who import Who
from bot.services.directory import Directory
from bot.store.record import open_record
from tests.benchmarks.crowd import crowd
from tests.benchmarks.table import Row, table

FEW, MANY = 20_000, 100_000
TYPED = 1_000
ROUNDS = 3

PEAK = """
import slack_bolt
slack_bolt.App(token="xoxb-1", signing_secret="s", token_verification_enabled=False, process_before_response=True)
import sys
import bot.helpscout.client, bot.services.approvals, bot.services.syncing.sync
from bot.policy.typed.who import parse_who
from bot.services.directory import Directory
from bot.store.record import open_record
record = open_record(sys.argv[1])
directory = Directory(record)
directory.start()
while not directory.ready:
    directory.find(parse_who(sys.argv[2]))
for text in ("s", "an", "sa ka", "misspelled person", "acme"):
    directory.suggest(text)
    directory.search(text)
for team in range(200):
    record.users.put([directory.get(team + 1)])
    directory.refresh()
# Of this program alone: ru_maxrss also knows how large the one was that started it. In kB, see proc(5).
print(next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM:")) / 1024)
directory.close()
"""


def rows() -> list[Row]:
    """Everything measured, one row each."""
    return [*_measured(FEW, typeahead=5, misspelled=15), *_measured(MANY, typeahead=10, misspelled=50)]


def _measured(people: int, *, typeahead: int, misspelled: int) -> list[Row]:
    """With so many people; the limits are milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hs-bot.db"
        record = open_record(path)
        everybody = list(crowd(people))
        record.users.put(everybody)
        draw = random.Random(7)
        known = draw.sample([row for row in everybody if row.status is Status.ACTIVE], TYPED)
        del everybody
        directory = Directory(record)
        try:
            directory.refresh()
            answered = [
                _exact(directory, known, people),
                _typeahead(directory, known, draw, people, typeahead),
                *_misspelled(directory, known, draw, people, misspelled),
            ]
        finally:
            directory.close()
            record.close()
        return [*answered, _memory(path, known[0], people)] if people == MANY else answered


def _exact(directory: Directory, known: Sequence[UserRecord], people: int) -> Row:
    times = _times(directory, [lambda row=row: directory.find(Who("email", row.user.email)) for row in known])  # type: ignore[misc]
    p50 = statistics.median(times) * 1e6
    return Row(f"exact look-up among {people:,} people by e-mail, p50", round(p50), limit=500, unit="µs", ok=p50 <= 500)


def _typeahead(directory: Directory, known: Sequence[UserRecord], draw: random.Random, people: int, limit: int) -> Row:
    """What people have typed at any moment: beginnings of names, of either name, of handles."""
    typed: list[str] = []
    for row in known:
        user = row.user
        text = draw.choice(
            (user.name, f"{user.last_name} {user.first_name}", user.email, fold(user.name), f"@{user.mention}")
        )
        typed.append(text[: draw.randint(1, len(text))])
    p99 = _p99(_times(directory, [lambda text=text: directory.suggest(text) for text in typed])) * 1e3  # type: ignore[misc]
    return Row(f"typeahead over {people:,} people, p99", round(p99, 1), limit=limit, unit="ms", ok=p99 <= limit)


def _misspelled(
    directory: Directory, known: Sequence[UserRecord], draw: random.Random, people: int, limit: int
) -> list[Row]:
    typed = [f"{_slip(row.user.first_name, draw)} {_slip(row.user.last_name, draw)}" for row in known]
    answers = [directory.suggest(text) for text in typed]
    times = _times(directory, [lambda text=text: directory.suggest(text) for text in typed])  # type: ignore[misc]
    found = sum(row.id in {other.id for other in answer} for row, answer in zip(known, answers, strict=True))
    p99, share = _p99(times) * 1e3, 100 * found / len(known)
    return [
        Row(
            f"a name among {people:,} with a slip in both its words, p99",
            round(p99, 1),
            limit=limit,
            unit="ms",
            ok=p99 <= limit,
        ),
        Row("… of which the person meant was offered", round(share, 1), limit="≥ 95", unit="%", ok=share >= 95),
    ]


def _memory(path: Path, known: UserRecord, people: int) -> Row:
    peak = float(
        subprocess.run([sys.executable, "-c", PEAK, path, known.user.email], check=True, capture_output=True).stdout
    )
    return Row(f"peak memory with {people:,} people", round(peak), limit=250, unit="MB", ok=peak <= 250)


def _times(directory: Directory, calls: Sequence[Callable[[], object]]) -> list[float]:
    """Seconds of each call: the best of three rounds, so that other programs' turns don't count."""
    rounds = []
    for _ in range(ROUNDS):
        times = []
        for call in calls:
            began = time.perf_counter()
            call()
            times.append(time.perf_counter() - began)
        rounds.append(times)
    return [min(times) for times in zip(*rounds, strict=True)]


def _p99(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


def _slip(word: str, draw: random.Random) -> str:
    """The word with two neighbours swapped, one missing, or one doubled, after its first letter."""
    if len(word) < 4:
        return word
    at = draw.randint(1, len(word) - 2)
    return draw.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        )
    )


if __name__ == "__main__":
    print(table(rows()))
