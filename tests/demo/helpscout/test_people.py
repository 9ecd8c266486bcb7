"""The made-up account."""

from bot.demo.helpscout import DEMO_OWNER, DEMO_PEOPLE, DEMO_TARGET, Account
from bot.demo.helpscout.world.people import generate


def test_the_same_seed_makes_the_same_people_and_another_seed_others() -> None:
    def shape(seed: int) -> list[tuple[int, str, str, str]]:
        return [(one.id, one.scim_id, one.name, one.email) for one in generate(200, seed=seed).rows.values()]

    assert shape(1) == shape(1)
    assert shape(1) != shape(2)


def test_there_are_exactly_as_many_rows_as_asked_for() -> None:
    for rows in (1, 7, 25, 60, 1_000):
        assert len(generate(rows).rows) == rows


def test_there_is_exactly_one_owner_and_about_five_admins() -> None:
    roles = [one.role for one in generate(300).rows.values() if one.human]
    assert roles.count("owner") == 1
    assert roles.count("admin") == 5
    assert set(roles) == {"owner", "admin", "user"}


def test_addresses_and_ids_are_unique_and_scim_ids_are_other_than_rest_ids() -> None:
    people = [one for one in generate(3_000).rows.values() if one.human]
    assert len({one.email.casefold() for one in people}) == len(people)
    assert len({one.scim_id for one in people}) == len(people)
    assert not {str(one.id) for one in people} & {one.scim_id for one in people}


def test_the_demo_s_people_are_there_and_the_guest_has_no_seat() -> None:
    account = Account(300)
    for cast in DEMO_PEOPLE:
        person = account.find(cast.email)
        assert (person is not None) == cast.in_helpscout
    rita, ana = account.find("rita@acme.example"), account.find("ana@acme.example")
    assert rita is not None
    assert ana is not None
    assert (rita.role, ana.role) == ("user", "admin")
    owner = account.find(DEMO_OWNER.email)
    assert owner is not None
    assert owner.role == "owner"
    assert [one.part for one in DEMO_PEOPLE] == ["requester", "approver", "second approver", "member", "guest"]


def test_the_demo_s_people_are_spread_over_the_pages() -> None:
    account = Account(300)
    cast = (account.find(one.email) for one in (DEMO_OWNER, DEMO_TARGET, *DEMO_PEOPLE))
    assert len({account.listing.index(one.id) // 25 for one in cast if one is not None}) > 2


def test_who_leaves_in_the_tour_has_two_teams_and_fifteen_open_conversations() -> None:
    account = Account(300)
    jane = account.find(DEMO_TARGET.email)
    assert jane is not None
    assert len(account.teams_of(jane)) == 2
    assert len(account.conversations_of(jane.id)) == 15


def test_names_come_from_many_scripts_and_some_are_meant_to_hurt() -> None:
    names = " ".join(one.name for one in generate(2_000).rows.values())
    for sample in (
        "é",
        "ß",
        "ø",
        "O'",
        "佐",
        "王",
        "김",
        "Ш",
        "ا",
        "כ",
        "ễ",
        "<!channel>",
        "🦄",
        "\u202e",
        "=HYPERLINK",
    ):
        assert sample in names
    assert max(len(one.name) for one in generate(300).rows.values()) > 180


def test_some_people_lack_fields_and_some_addresses_keep_their_capitals() -> None:
    people = [one for one in generate(2_000).rows.values() if one.human]
    assert any(one.absent for one in people)
    assert any(one.alternate_emails for one in people)
    assert any(one.email != one.email.casefold() for one in people)
    assert {one.email for one in people if one.email != one.email.casefold()}.isdisjoint({DEMO_TARGET.email})


def test_some_people_have_hundreds_of_conversations_and_many_none() -> None:
    account = Account(600)
    many = [len(account.conversations_of(one.id)) for one in account.people()]
    assert max(many) > 150
    assert many.count(0) > 50


def test_team_entries_and_an_ai_agent_are_rows_but_not_people() -> None:
    account = Account(300)
    kinds = [row.type for row in account.rows.values()]
    assert kinds.count("team") == len(account.teams) == 8
    assert kinds.count("virtual") == 1
    assert len(account.people()) == 300 - 9
