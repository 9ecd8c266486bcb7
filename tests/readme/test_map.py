"""bot/README.md, the map: what it names is there, and what is there is on it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
MAP = (ROOT / "bot" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["bot/README.md", "README.md", ".github/CONTRIBUTING.md"])
def test_every_file_that_a_text_names_is_there(text: str) -> None:
    named = re.findall(r"`((?:bot|tests)/[\w/]+\.py)`", (ROOT / text).read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize(
    ("behavior", "piece"),
    [
        ("why a click was refused", "def may_decide("),
        ("how many removals may start in an hour", "def share("),
        ("a page of Help Scout's list that is empty", "it was empty all of a sudden"),
        ("the words for SCIM's 403", "SCIM refused the token or is not switched on (HTTP 403"),
        ("a reminder to the approvers", "class Reminding"),
        ("the SQL that makes somebody a tombstone", "removed_at = :at"),
        ("a second bot taking over", "class Leadership"),
        ("a form on the demo's page", "class Modal"),
    ],
)
def test_a_behavior_is_in_the_file_that_the_map_names_for_it(behavior: str, piece: str) -> None:
    found = re.search(rf"^\| {re.escape(behavior)} \| `(bot/[\w/]+\.py)` \|$", MAP, re.MULTILINE)
    assert found
    assert piece in (ROOT / found[1]).read_text(encoding="utf-8")


def test_every_room_is_on_the_map() -> None:
    rooms = MAP.partition("## Rooms")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([\w/]+)/`", rooms))
    missing = [
        str(folder.relative_to(ROOT / "bot"))
        for folder in (ROOT / "bot").rglob("*")
        if (folder / "__init__.py").is_file() and not _covered(str(folder.relative_to(ROOT / "bot")), named)
    ]
    assert missing == []


def _covered(folder: str, named: set[str]) -> bool:
    """A folder, or one that it is in, or all that are in it."""
    return any(folder == name or folder.startswith(f"{name}/") or name.startswith(f"{folder}/") for name in named)


def test_who_follows_the_path_from_a_click_to_the_call_never_leaves_it() -> None:
    """Each file of the path is imported by another one of it, or put in its place by wiring."""
    steps = re.findall(r"^\d+\. `(bot/[\w/]+\.py)`", MAP, re.MULTILINE)
    assert steps[0].endswith("routes.py")
    assert steps[-1].endswith("scim/api.py")
    sources = {
        step: (ROOT / step).read_text(encoding="utf-8")
        for step in [*steps, "bot/wiring/parts.py", "bot/wiring/endpoints.py"]
    }
    for step in steps[1:]:
        package, _, module = step.removesuffix(".py").replace("/", ".").rpartition(".")
        called = re.compile(rf"from {re.escape(package)}(\.{module} import| import .*\b{module}\b)")
        assert any(called.search(source) for other, source in sources.items() if other != step), step


def test_no_folder_is_crowded() -> None:
    """But that of the migrations, which has a file for each of them."""
    crowded = {
        str(folder.relative_to(ROOT))
        for folder in (ROOT / "bot").rglob("*")
        if folder.is_dir() and folder.name != "migrations" and len(list(folder.glob("*.py"))) > 20
    }
    assert crowded == set()


def test_no_file_is_too_long_to_be_read_at_one_sitting() -> None:
    lines = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in (ROOT / "bot").rglob("*.py")
    }
    assert {name: count for name, count in lines.items() if count > 300} == {}
    assert sorted(lines.values())[len(lines) // 2] <= 110
