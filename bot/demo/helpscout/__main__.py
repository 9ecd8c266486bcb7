"""`python -m bot.demo.helpscout`: the simulated Help Scout as a process of its own.

Prints one line of JSON with addresses and credentials, then serves until SIGINT or SIGTERM (or, with `--until-eof`,
until its standard input ends, so that it never outlives who started it).
"""

import argparse
import json
import os
import signal
import sys
import threading

from bot.demo.helpscout.simulated import SimulatedHelpScout


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    sim = SimulatedHelpScout(
        people=options.people,
        reading=options.reading,
        page_size=options.page_size,
        latency=options.latency,
        limit=options.limit,
        window=options.window,
        sliding=options.sliding,
        seed=options.seed,
        teams=options.teams,
        conversations=not options.no_conversations,
        port=options.port,
    )
    try:
        sim.start()
    except OSError as error:
        print(f"Port {options.port} can't be used: {error.strerror}. Choose another with --port.", file=sys.stderr)
        return 2
    if options.until_eof:
        threading.Thread(target=_wait_for_eof, args=(ended,), daemon=True).start()
    print(json.dumps(addresses(sim)), flush=True)
    ended.wait()
    sim.stop()
    return 0


def addresses(sim: SimulatedHelpScout) -> dict[str, object]:
    """What a client needs to know."""
    return {
        "api_url": sim.api_url,
        "scim_url": sim.scim_url,
        "token_url": sim.token_url,
        "authorize_url": sim.authorize_url,
        "control_url": sim.control_url,
        "app_id": sim.app_id,
        "app_secret": sim.app_secret,
        "scim_token": sim.scim_token,
        "rows": len(sim.account.listing),
        "pid": os.getpid(),
    }


def _wait_for_eof(ended: threading.Event) -> None:
    while sys.stdin.buffer.read(4_096):
        pass
    ended.set()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.demo.helpscout", description="A simulated Help Scout.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--people", type=int, default=300, help="rows of GET /users")
    parser.add_argument("--reading", choices=("guide", "pages"), default="guide")
    parser.add_argument("--page-size", type=int, default=None, help="default: 25, or 50 under the pages' reading")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--limit", type=int, default=None, help="requests per window; default: no limit")
    parser.add_argument("--window", type=float, default=60.0, help="seconds")
    parser.add_argument("--sliding", action="store_true", help="a sliding window instead of a fixed one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--teams", type=int, default=8)
    parser.add_argument("--no-conversations", action="store_true")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input ends")
    return parser


if __name__ == "__main__":
    sys.exit(main())
