"""A value that can't do what it is for is wrong: a line that names the variable, and a right example."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config.loading import look
from bot.config.settings import EXAMPLES, SECRET, VARIABLES
from bot.policy.requests.seal import Seals

PASSWORD = "hunter2secret"


def faults(**environment: str) -> Mapping[str, str]:
    return look(environment).faults


@pytest.mark.parametrize("quotes", ['""', "''", "“”", "‘’", "«»", "``", "„“"])
@pytest.mark.parametrize("variable", ["HS_BOT_PROTECTED", "HELPSCOUT_APP_SECRET", "HS_BOT_DATABASE", "HS_BOT_QUORUM"])
def test_quotation_marks_around_a_value_are_a_fault(variable: str, quotes: str) -> None:
    value = EXAMPLES.get(variable, PASSWORD)
    for wrapped in (f"{quotes[0]}{value}{quotes[1]}", f"{quotes[0]}{value}", f"{value}{quotes[1]}"):
        found = faults(**{variable: wrapped})
        assert list(found) == [variable]
        assert "without quotation marks" in found[variable]
        assert PASSWORD not in found[variable]


@pytest.mark.parametrize("variable", ["HS_BOT_PROTECTED", "HELPSCOUT_SCIM_TOKEN", "HS_BOT_CHANNEL", "HS_BOT_DATABASE"])
@pytest.mark.parametrize("unseen", ["\u200b", "\u2060", "\ufeff", "\u00ad", "\u202e", "\x1b", "\x7f"])
def test_a_character_that_can_not_be_seen_is_a_fault(variable: str, unseen: str) -> None:
    value = EXAMPLES.get(variable, PASSWORD)
    assert "can't be seen" in faults(**{variable: value[:3] + unseen + value[3:]})[variable]


@pytest.mark.parametrize(
    "value",
    [
        "<ceo@acme.example>",
        "Jane Doe <jane@acme.example>",
        "mailto:ceo@acme.example",
        "ceo@acme.example.",
        "ceo@acme",
        "ceo@@acme.example",
        "ceo.acme.example",
        "ceo@acme..example",
        "ceo@-acme.example",
        'ceo@acme.example,"cfo@acme.example",coo@acme.example',
        "ceo@acme.example|cfo@acme.example",
        "@acme.example",
    ],
)
def test_a_protected_address_that_is_none_is_a_fault(value: str) -> None:
    assert "plain e-mail addresses" in faults(HS_BOT_PROTECTED=value)["HS_BOT_PROTECTED"]


@pytest.mark.parametrize(
    "value", ["ana@bücher.example", "o'neil+x@acme.co.uk", "a@b.c,d@e.f;g@h.i j@k.l", "A_b@x-y.example"]
)
def test_a_protected_address_may_be_any_that_people_have(value: str) -> None:
    reading = look({"HS_BOT_PROTECTED": value})
    assert not reading.faults
    assert reading.settings.protected


@pytest.mark.parametrize(
    "value", ["0.1", "10", "10 people", "5 users", "110%", "-1%", "10 percent", "NaN%", "1e1%", "١٠%"]
)
def test_a_removal_guard_in_the_wrong_unit_is_a_fault_that_shows_the_right_one(value: str) -> None:
    assert ", like 10%" in faults(HS_BOT_REMOVAL_GUARD=value)["HS_BOT_REMOVAL_GUARD"]


@pytest.mark.parametrize(("value", "share"), [("10%", 0.1), ("2.5 %", 0.025), ("0%", 0.0), ("100%", 1.0)])
def test_a_removal_guard_is_a_share_in_percent(value: str, share: float) -> None:
    assert look({"HS_BOT_REMOVAL_GUARD": value}).settings.removal_guard == pytest.approx(share)


@pytest.mark.parametrize(
    "variable", ["HELPSCOUT_API_URL", "HELPSCOUT_SCIM_URL", "HELPSCOUT_TOKEN_URL", "SLACK_API_URL"]
)
@pytest.mark.parametrize(
    "value",
    [
        "http://api.helpscout.net/v2",
        "http://10.0.0.7/v2",
        "http://localhost.example/v2",
        "http://[2001:db8::1]/v2",
        f"http://user:{PASSWORD}@127.0.0.1/v2",
        f"https://{PASSWORD}@api.helpscout.net/v2",
        f"https://user:{PASSWORD}#@api.helpscout.net/v2",
        "https://api.helpscout.net:99999/v2",
        "https://[::1/v2",
        f"https://u:{PASSWORD}[@host/v2",
        f"https://api.helpscout.net/v2?token={PASSWORD}",
        "https://api helpscout net/v2",
        "https:///v2",
        "ftp://api.helpscout.net",
        "api.helpscout.net/v2",
    ],
)
def test_an_address_that_is_none_or_tells_secrets_is_a_fault_that_repeats_nothing(variable: str, value: str) -> None:
    line = faults(**{variable: value})[variable]
    assert f"{variable} must be an https:// address, like https://" in line
    assert PASSWORD not in line


@pytest.mark.parametrize(
    "value", ["http://127.0.0.1:8080/v2", "http://localhost/v2", "http://[::1]:9/v2", "https://x.example"]
)
def test_http_is_right_on_this_very_machine(value: str) -> None:
    assert not faults(HELPSCOUT_API_URL=value)


@pytest.mark.parametrize("variable", ["HS_BOT_APPROVERS", "HS_BOT_REQUESTERS"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("U0123456789,S0123456789,U0123456789", "“U0123456789” is there twice"),
        ("U0123456789,C0123456789", "“C0123456789” is the id of a channel"),
        ("<@U0123456789>", "is none"),
        ("ana@acme.example", "is none"),
        ("@ana", "is none"),
    ],
)
def test_people_are_named_once_and_by_ids(variable: str, value: str, said: str) -> None:
    assert said in faults(**{variable: value})[variable]


@pytest.mark.parametrize(
    "value", ["acme", "*.acme.example", "jane@acme.example", "https://acme.example", "acme.example."]
)
def test_a_domain_that_is_none_is_a_fault(value: str) -> None:
    assert "domains of e-mail addresses" in faults(HS_BOT_DOMAINS=value)["HS_BOT_DOMAINS"]


def test_domains_are_taken_in_lower_case_and_with_an_at_before_them() -> None:
    assert look({"HS_BOT_DOMAINS": "@Acme.example, acme.ORG"}).settings.domains == {"acme.example", "acme.org"}


@pytest.mark.parametrize("value", ["short", f"{'a' * 16},short", f"{'a' * 16},", f"{'a' * 16},{'a' * 16}"])
def test_a_seal_key_that_can_be_guessed_is_a_fault(value: str) -> None:
    line = faults(HS_BOT_SEAL_KEY=value)["HS_BOT_SEAL_KEY"]
    assert "keys" in line
    assert "aaaa" not in line


def test_seal_keys_come_the_newest_first_and_are_secrets() -> None:
    settings = look({"HS_BOT_SEAL_KEY": f"{'n' * 16}, {'o' * 20}", "HELPSCOUT_APP_SECRET": "app-secret"}).settings
    assert settings.seals == Seals(("n" * 16, "o" * 20))
    assert {"n" * 16, "o" * 20} <= set(settings.secrets)
    assert "nnnn" not in repr(settings)


def test_without_a_seal_key_the_secret_of_the_app_is_one() -> None:
    assert look({"HELPSCOUT_APP_SECRET": "app-secret"}).settings.seals == Seals(("app-secret",))
    assert look({}).settings.seals is None


@pytest.mark.parametrize("variable", ["HELPSCOUT_SCIM_TOKEN", "HELPSCOUT_APP_SECRET", "SLACK_SIGNING_SECRET"])
@pytest.mark.parametrize("value", ["two words", "café-token", "token…"])
def test_a_token_that_no_header_can_carry_is_a_fault_that_does_not_show_it(variable: str, value: str) -> None:
    line = faults(**{variable: value})[variable]
    assert "must be copied whole" in line
    assert value not in line


@pytest.mark.parametrize(("variable", "value"), [(v, e) for v, e in EXAMPLES.items() if "…" not in e])
def test_every_example_is_right(variable: str, value: str) -> None:
    assert not faults(**{variable: value})


def test_every_variable_that_is_no_secret_has_an_example() -> None:
    assert VARIABLES.keys() - SECRET <= EXAMPLES.keys()


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*VARIABLES, "DATABASE_URL"]), st.text(st.characters(codec="utf-8", exclude_characters="\0"))
    )
)
def test_whatever_is_set_there_is_one_line_for_each_fault_and_settings_all_the_same(
    environment: dict[str, str],
) -> None:
    reading = look(environment)
    assert all(line.startswith(f"{name} ") and "\n" not in line for name, line in reading.faults.items())
    assert reading.settings.channel is not None


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("okta", "part 1 isn't one"),
        (f"okta:{'t' * 30},", "part 2 isn't one"),
        (f"two words:{'t' * 30}", "part 1 isn't one"),
        (f"WORKDAY:{'t' * 30}", "“WORKDAY” isn't one"),  # a Slack id could look like it
        (f"hs-bot:{'t' * 30}", "“hs-bot” isn't one"),
        ("okta:short", "“okta” isn't one"),
        (f"okta:{'t' * 30},entra:{'t' * 30}", "a different token each time"),
    ],
)
def test_a_gate_token_that_could_let_in_anybody_is_a_fault(value: str, told: str) -> None:
    line = faults(HS_BOT_GATE_TOKENS=value)["HS_BOT_GATE_TOKENS"]
    assert told in line
    assert "t" * 30 not in line


def test_an_old_and_a_new_gate_token_may_have_one_name() -> None:
    settings = look({"HS_BOT_GATE_TOKENS": f"okta:{'n' * 30}, okta:{'o' * 30}"}).settings
    assert settings.gate == (("okta", "n" * 30), ("okta", "o" * 30))
    assert {"n" * 30, "o" * 30} <= set(settings.secrets)
