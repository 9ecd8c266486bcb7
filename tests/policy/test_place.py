"""The place of a record, shown without a password, however that is written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.policy.typed.place import passwords, shown

PARTS = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=8, max_size=20)


@pytest.mark.parametrize(
    ("place", "seen"),
    [
        ("hs-bot.db", "hs-bot.db"),
        ("/data/hs bot.db", "/data/hs bot.db"),
        ("~/records/a@b.db", "~/records/a@b.db"),
        ("postgresql://db/hs", "postgresql://db/hs"),
        ("postgresql://bot@db:5432/hs", "postgresql://bot@db:5432/hs"),
        ("postgresql://bot:s3cret@db:5432/hs", "postgresql://bot@db:5432/hs"),
        ("postgres://bot:s3%40cret@db/hs?sslmode=require", "postgres://bot@db/hs"),
        ("postgresql://bot:s3#cret@db/hs", "postgresql://bot@db/hs"),
        ("postgresql://bot:s3@cret@db/hs", "postgresql://bot@db/hs"),
        ("postgresql://bot:s3/c?ret@db/hs", "postgresql://bot@db/hs"),
        ("postgresql://bot:[s3cret@db/hs", "postgresql://bot@db/hs"),
        ("postgresql://db/hs?user=bot&password=s3cret", "postgresql://db/hs"),
        ("postgresql://bot:s3cret", "postgresql://bot:•••"),
        ("postgresql://[::1]:5432/hs", "postgresql://[::1]:5432/hs"),
        ("postgresql://bot:s3cret@a:1,b:2/hs", "postgresql://bot@a:1,b:2/hs"),
        ("postgresq://bot:s3cret@db/hs", "postgresq://bot@db/hs"),
        ("postgresql:/bot:s3cret@db/hs", "postgresql://bot@db/hs"),
        ("bot:s3cret@db/hs", "bot:•••@db/hs"),
        ("host=db user=bot password=s3cret dbname=hs", "host=db user=bot password=••• dbname=hs"),
        ("host=db password = 's3 cret'", "host=db password = •••"),
    ],
)
def test_it_is_shown_without_its_password(place: str, seen: str) -> None:
    assert shown(place) == seen


@settings(deadline=None)
@given(scheme=st.sampled_from(["postgresql", "postgres", "postgresq", "mysql"]), password=PARTS)
def test_no_password_is_shown_whatever_it_is_made_of(scheme: str, password: str) -> None:
    place = f"{scheme}://bot:{password}@db.example:5432/hs"
    assert shown(place) == f"{scheme}://bot@db.example:5432/hs"
    assert password in passwords(place)


def test_a_password_is_blotted_as_it_is_written_and_as_the_server_gets_it() -> None:
    assert passwords("postgresql://bot:s3%40cret@db/hs") == ("s3%40cret", "s3@cret")
    assert passwords("postgresql://db/hs?password=s3cret") == ("s3cret",)
    assert passwords("/data/hs-bot.db") == ()
