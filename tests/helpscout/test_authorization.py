"""Acting for a person: the login in its file, refreshed safely by two processes at once."""

import json
import os
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot.demo.helpscout.simulated import SimulatedHelpScout
from bot.helpscout.client import HelpScout, Waits
from bot.helpscout.errors import Unauthorized, Unbelievable, Unreachable
from bot.helpscout.secret import Secret
from bot.helpscout.sign_in.authorization import Login, TokenFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "login.json"


@pytest.fixture
def logged_in(sim: SimulatedHelpScout, make_client: Any, path: Path) -> HelpScout:
    """A client of the simulated Help Scout that has logged in as a person."""
    client: HelpScout = make_client(sim.api_url, token_file=path)
    client.log_in(sim.oauth.new_code())
    return client


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_login_is_stored_for_its_owner_only_and_used(
    sim: SimulatedHelpScout, logged_in: HelpScout, path: Path
) -> None:
    assert mode(path) == 0o600
    assert set(logged_in.rest.users()) == set(sim.account.listing)
    assert sim.log.entries("GET /users")[0].token == "person"
    assert sim.oauth.issued == 1, "the stored access token is still good"
    assert [entry.name for entry in path.parent.iterdir() if not entry.name.endswith(".lock")] == [path.name]


def test_a_dead_token_is_renewed_with_the_refresh_token_and_both_are_stored(
    sim: SimulatedHelpScout, logged_in: HelpScout, path: Path
) -> None:
    before = json.loads(path.read_text())
    sim.oauth.expire_all()
    assert logged_in.rest.me().id
    after = json.loads(path.read_text())
    assert after["refresh_token"] != before["refresh_token"]
    assert mode(path) == 0o600
    sim.oauth.expire_all()
    assert logged_in.rest.me().id, "the rotated refresh token works as well"


def test_twenty_threads_refresh_once(sim: SimulatedHelpScout, logged_in: HelpScout) -> None:
    logged_in.rest.me()
    sim.oauth.expire_all()
    sim.behaviour.latency = 0.03
    with ThreadPoolExecutor(20) as pool:
        assert all(user.id for user in pool.map(lambda _: logged_in.rest.me(), range(20)))
    assert sim.oauth.issued == 2


def test_two_clients_on_one_file_refresh_once_although_the_old_refresh_token_dies(
    sim: SimulatedHelpScout, logged_in: HelpScout, make_client: Any, path: Path
) -> None:
    other = make_client(sim.api_url, token_file=path)
    for client in (logged_in, other):
        client.rest.me()
    sim.oauth.expire_all()
    sim.behaviour.latency = 0.05
    ready = threading.Barrier(2)

    def ask(client: HelpScout) -> int:
        ready.wait(5)
        return client.rest.me().id

    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(ask, (logged_in, other)))
    assert sim.oauth.issued == 2


REFRESH = """
import sys
from bot.helpscout.client import HelpScout
with HelpScout(api_url=sys.argv[1], app_id="simulated-app-id", app_secret="simulated-app-secret",
               token_file=sys.argv[2]) as client:
    print("ready", flush=True)
    sys.stdin.readline()
    print(client.rest.me().id, flush=True)
"""


def test_processes_that_refresh_at_once_all_stay_logged_in(make_client: Any, path: Path) -> None:
    with SimulatedHelpScout(people=20) as sim:
        client = make_client(sim.api_url, token_file=path)
        client.log_in(sim.oauth.new_code())
        sim.oauth.expire_all()
        sim.behaviour.latency = 0.1
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", REFRESH, sim.api_url, str(path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]
        try:
            for process in processes:
                assert process.stdout is not None
                assert process.stdout.readline() == "ready\n"
            found = []
            for process in processes:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            for process in processes:
                out, _ = process.communicate(timeout=30)
                found.append(out.strip())
        finally:
            for process in processes:
                process.kill()
                process.wait(10)
        assert found == [str(client.rest.me().id)] * 3
        assert sim.oauth.issued == 2, "the login, and one refresh for three processes"


def test_an_access_withdrawn_says_to_log_in_again(sim: SimulatedHelpScout, logged_in: HelpScout) -> None:
    sim.oauth.revoke_refresh()
    with pytest.raises(Unauthorized, match="run `hs-bot login` again"):
        logged_in.rest.me()


def test_a_used_code_is_refused_with_what_to_do(sim: SimulatedHelpScout, logged_in: HelpScout, path: Path) -> None:
    before = path.read_text()
    with pytest.raises(Unauthorized, match="codes live for minutes and work once"):
        logged_in.log_in("used-up")
    assert path.read_text() == before


def test_no_login_says_to_log_in(sim: SimulatedHelpScout, make_client: Any, path: Path) -> None:
    with pytest.raises(Unauthorized, match="No login is stored: run `hs-bot login`"):
        make_client(sim.api_url, token_file=path).rest.me()


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "not json", '{"access_token": "a"}', '{"access_token": 1, "ends": "x"}']
)
def test_a_damaged_file_says_to_log_in_again(make_client: Any, raw: Any, path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(Unauthorized, match="damaged"):
        make_client(raw.api_url, token_file=path).rest.me()


def test_a_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    file = TokenFile(path)
    file.write(Login(Secret("a"), Secret("r"), 5.0))
    path.chmod(0o644)
    assert file.read() == Login(Secret("a"), Secret("r"), 5.0)
    assert mode(path) == 0o600


def test_a_file_that_can_t_be_written_leaves_the_old_one_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = TokenFile(path)
    file.write(Login(Secret("a"), Secret("r"), 5.0))

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        file.write(Login(Secret("b"), Secret("s"), 6.0))
    found = file.read()
    assert found is not None
    assert found.access == Secret("a")
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_refresh_token_that_stays_is_kept(raw: Any, make_client: Any, say: Any, path: Path) -> None:
    TokenFile(path).write(Login(Secret("old"), Secret("refresh-1"), time.time() - 5))
    raw.token = lambda asked: say(200, {"access_token": "new", "expires_in": 3600})
    raw.answer = lambda asked: say(200, {"id": 1})
    make_client(raw.api_url, token_file=path).rest.me()
    found = TokenFile(path).read()
    assert found is not None
    assert (found.access, found.refresh) == (Secret("new"), Secret("refresh-1"))
    assert raw.asked[0].form["grant_type"] == "refresh_token"


def test_a_login_without_a_refresh_token_is_refused(raw: Any, make_client: Any, path: Path) -> None:
    with pytest.raises(Unbelievable, match="no refresh token"):
        make_client(raw.api_url, token_file=path).log_in("code")
    assert not path.exists()


def test_a_lock_that_nobody_lets_go_ends_in_an_error(path: Path) -> None:
    file = TokenFile(path)
    with file.lock(), pytest.raises(Unreachable, match="renewing the stored login"), file.lock(seconds=0.1):
        pytest.fail("two hold the lock at once")
    with file.lock(seconds=0.1):
        pass


def test_forgetting_a_login_removes_it(path: Path) -> None:
    file = TokenFile(path)
    file.write(Login(Secret("a"), Secret("r"), 5.0))
    file.forget()
    file.forget()
    assert file.read() is None


def test_a_client_without_a_file_has_nowhere_to_store_a_login(raw: Any, make_client: Any) -> None:
    with pytest.raises(ValueError, match="token file"):
        make_client(raw.api_url, waits=Waits.none()).log_in("code")
