"""The lock that goes with a release: whole, hashed, and from nobody's index."""

import re
import tomllib
from pathlib import Path

from tests.release import without_index, without_project

ROOT = Path(__file__).parent.parent


def test_every_package_of_the_lock_has_a_hash_and_no_index() -> None:
    text = (ROOT / "pylock.toml").read_text(encoding="utf-8")
    packages = tomllib.loads(text)["packages"]
    assert all(len(wheel["hashes"]["sha256"]) == 64 for one in packages for wheel in one["wheels"])
    assert "://" not in text


def test_every_dependency_is_in_the_lock() -> None:
    locked = {one["name"] for one in tomllib.loads((ROOT / "pylock.toml").read_text(encoding="utf-8"))["packages"]}
    named = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert {re.split(r"[\[<>=]", one)[0].lower() for one in named} - locked == set()


def test_an_address_of_an_index_becomes_a_place_in_the_wheelhouse() -> None:
    lock = '[[packages]]\nname = "a"\nurl = "https://an.index/x/a-1-py3-none-any.whl"\n[[packages]]\nname = "hs-bot"\n'
    assert (
        without_project(without_index(lock)) == '[[packages]]\nname = "a"\npath = "wheelhouse/a-1-py3-none-any.whl"\n'
    )
