"""The record may be closed while other threads use it: they get a sentence, the process lives."""

import subprocess
import sys
from pathlib import Path

BUSY = """
import sys, threading
from bot.store.errors import StoreError
from bot.store.record import open_record

for round in range(15):
    record = open_record(sys.argv[1])
    begun, ended = threading.Barrier(9), []

    def use():
        begun.wait()
        try:
            while True:
                record.audit.entries(limit=200)
                record.now()
                record.notes.set("key", "value")
        except StoreError as problem:
            ended.append(problem.sentence)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    begun.wait()
    record.close()
    for thread in threads:
        thread.join()
    assert len(ended) == 8, ended
print("alive")
"""


def test_closing_while_others_read_and_write_ends_them_with_a_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BUSY, str(tmp_path / "record.db")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "alive", (done.returncode, done.stderr[-2000:])
