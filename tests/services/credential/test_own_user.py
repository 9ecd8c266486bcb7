"""The person on whom the bot's own credential hangs: never a target, and what happens to them is an alarm."""

import pytest

from bot.demo.helpscout import Fault
from bot.helpscout.errors import Unauthorized
from bot.model.outbox import Topic
from bot.model.request import Kind, State
from bot.model.sync import SyncRun, SyncState
from bot.services.credential import Credential
from bot.services.syncing.sync import Sync
from tests.services.conftest import Bot, House

JANE = "jane@acme.example"


@pytest.fixture
def bot(house: House) -> Bot:
    house.sim.behaviour.credential = JANE
    return house.bot()


def synced(bot: Bot) -> SyncRun:
    return Sync(bot.record, bot.helpscout, guard=0.1).run("test")


def alarms(bot: Bot) -> list[str]:
    return [str(item.payload["sentence"]) for item in bot.owed(Topic.WARNING)]


@pytest.mark.parametrize("kind", [Kind.OFFBOARD, Kind.CHANGE])
def test_no_request_about_them_is_opened_once_a_sync_has_read_who_they_are(kind: Kind, house: House, bot: Bot) -> None:
    assert synced(bot).state is SyncState.DONE
    outcome = bot.open(kind, {"target_id": house.id("jane"), "email": "j@acme.example"})
    assert not outcome.accepted
    assert "signs in to Help Scout as" in outcome.sentence
    assert bot.refusals() == ["credential"]


@pytest.mark.parametrize("kind", [Kind.OFFBOARD, Kind.CHANGE])
def test_a_credential_that_became_theirs_after_the_approval_makes_the_request_stale(
    kind: Kind, house: House, bot: Bot
) -> None:
    house.sim.behaviour.credential = ""
    asked = bot.open(kind, {"target_id": house.id("jane"), "job_title": "Lead", "email": "j@acme.example"}).request
    assert asked is not None
    assert bot.approve(asked).accepted
    house.sim.behaviour.credential = JANE
    bot.runner.work_off()
    row = bot.row(asked)
    assert row.state is State.STALE
    assert "signs in to Help Scout as" in row.outcome
    assert house.sim.person(JANE).active
    assert not bot.runner._helpscout.rest.user(house.id("jane")).job_title.startswith("Lead")


def test_a_credential_that_becomes_theirs_right_before_the_call_is_found_in_time(house: House, bot: Bot) -> None:
    house.sim.behaviour.credential = ""
    asked = bot.asked(house.id("jane"))
    assert bot.approve(asked).accepted

    def at(point: str) -> None:
        if point == "remove: begun":
            house.sim.behaviour.credential = JANE

    bot.at = at
    bot.runner.work_off()
    assert bot.row(asked).state is State.STALE
    assert not house.sent(), "no call was made"


def test_where_help_scout_names_nobody_now_the_one_it_named_last_is_no_target(house: House, bot: Bot) -> None:
    house.sim.behaviour.credential = ""
    asked = bot.asked(house.id("jane"))
    assert bot.approve(asked).accepted
    Credential(bot.record).keep(bot.helpscout.rest.user(house.id("jane")))
    house.sim.faults.add(fault=Fault.NO_SUCH_CALL, match="GET /users/me", times=None)
    bot.runner.work_off()
    row = bot.row(asked)
    assert row.state is State.STALE, row.outcome
    assert "signs in to Help Scout as" in row.outcome
    assert not house.sent(), "no call was made"


def test_a_lost_role_is_an_alarm_once(house: House, bot: Bot) -> None:
    house.sim.change_person(JANE, role="admin")
    synced(bot)
    assert alarms(bot) == []
    house.sim.change_person(JANE, role="user")
    synced(bot)
    synced(bot)
    (alarm,) = [one for one in alarms(bot) if "credential" in one]
    assert "Jane D'Arcy" in alarm
    assert "no administrator" in alarm
    assert "make an app with a Help Scout user of the bot's own" in alarm


@pytest.mark.parametrize("tokens", [True, False])
def test_a_user_who_is_gone_is_named_as_the_reason_and_the_channel_is_told_once(
    tokens: bool, house: House, bot: Bot
) -> None:
    house.sim.behaviour.tokens_for_gone = tokens
    synced(bot)
    house.sim.remove_person(JANE)
    house.sim.oauth.expire_all()
    first, second = synced(bot), synced(bot)
    assert first.state is second.state is SyncState.FAILED
    assert "Jane D'Arcy" in first.problem
    assert "HELPSCOUT_APP_ID" not in first.problem
    (alarm,) = alarms(bot)
    assert alarm == first.problem


def test_credentials_that_never_worked_are_not_said_to_be_somebodys(house: House, bot: Bot) -> None:
    lonely = house.bot(options={"app_secret": "not-the-secret"})
    with pytest.raises(Unauthorized) as refused:
        Credential(lonely.record).read(lonely.helpscout.rest)
    assert "HELPSCOUT_APP_SECRET" in Credential(lonely.record).explain(refused.value)
    assert alarms(lonely) == []
