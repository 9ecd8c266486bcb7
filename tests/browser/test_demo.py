"""`hs-bot demo` in a real browser: the tour with the real bot, four eyes, and everything that a person can break."""

from collections.abc import Callable
from typing import Any

import pytest

Open = Callable[..., Any]

WORK_MS = 30_000  # an offboarding with its steps, on a busy machine


def be(page: Any, name: str) -> None:
    page.get_by_role("radio", name=name).click()
    page.get_by_role("radio", name=name, checked=True).wait_for()


def send(page: Any, line: str) -> None:
    box = page.get_by_role("textbox", name="Message")
    box.fill(line)
    box.press("Enter")


def the_form(page: Any) -> Any:
    form = page.get_by_role("dialog", name="Offboard from Help Scout")
    form.wait_for()
    return form


def ask(page: Any, who: str, reason: str) -> None:
    """As whoever one is: the form filled in and sent."""
    send(page, f"/hs-offboard {who}")
    form = the_form(page)
    form.get_by_role("textbox", name="Reason").fill(reason)
    form.get_by_role("button", name="Ask for approval").click()
    form.wait_for(state="hidden")


def card(page: Any, words: str) -> Any:
    """The newest card in #access with the words in it."""
    return page.get_by_role("region", name="Conversation").locator("article:not(.private)").filter(has_text=words).last


def press(page: Any, on: Any, name: str, confirm: str = "") -> None:
    on.get_by_role("button", name=name).click()
    if confirm:
        page.locator(".sheet.confirm").get_by_role("button", name=confirm, exact=True).click()


def private(page: Any) -> Any:
    """The newest answer that only this person sees."""
    return page.locator("article.private").last


def test_the_tour_leads_through_the_whole_story(demo: str, opened: Open, expect: Any) -> None:
    page = opened(demo)
    tour = page.get_by_role("region", name="Guided tour")

    tour.get_by_role("button", name="Type it for me").click()
    page.get_by_role("button", name="Send now").first.click()
    expect(private(page).get_by_text("jane@acme.example").first).to_be_visible()
    expect(tour.locator("[aria-current=step]").get_by_text("Ask to offboard her")).to_be_visible()

    tour.get_by_role("button", name="Type it for me").click()
    page.get_by_role("button", name="Send now").first.click()
    form = the_form(page)
    form.get_by_role("textbox", name="Reason").fill("Leaves the company today")
    expect(form.get_by_text("15 open conversations")).to_be_visible()
    taker = form.get_by_role("combobox", name="Hand conversations to")  # her manager is proposed
    taker.fill("")
    taker.press_sequentially("brückner")
    page.get_by_role("option", name="Max Brückner").click()
    form.get_by_role("button", name="Ask for approval").click()
    expect(form).to_be_hidden()
    expect(card(page, "Leaves the company today")).to_be_visible()
    expect(tour.locator("[aria-current=step]").get_by_text("Approve as another person")).to_be_visible()

    tour.get_by_role("button", name="Be Ana").click()
    page.get_by_role("radio", name="Ana", checked=True).wait_for()
    press(page, card(page, "Leaves the company today"), "Approve", confirm="Approve")
    expect(card(page, "Leaves the company today").get_by_text("Done", exact=True)).to_be_visible(timeout=WORK_MS)
    expect(tour.locator("[aria-current=step]").get_by_text("Look up the tombstone")).to_be_visible()

    tour.get_by_role("button", name="Be Rita").click()
    page.get_by_role("radio", name="Rita", checked=True).wait_for()
    tour.get_by_role("button", name="Type it for me").click()
    page.get_by_role("button", name="Send now").first.click()
    expect(tour.get_by_text("That was the whole story.")).to_be_visible()
    expect(private(page).get_by_text("offboarded").first).to_be_visible()

    page.get_by_role("button", name="Help Scout").click()
    panel = page.get_by_role("region", name="Help Scout")
    panel.get_by_role("searchbox").fill("jane@acme.example")
    expect(panel.get_by_text("0 people with a seat found")).to_be_visible()


def test_who_asked_can_not_approve_but_a_second_person_can(demo: str, opened: Open, expect: Any) -> None:
    rita, bo = opened(demo), opened(f"{demo}?as=bo")
    ask(rita, "amara.dlamini@acme.example", "moves to another company")
    press(rita, card(rita, "moves to another company"), "Approve", confirm="Approve")
    expect(private(rita).get_by_text("your own request")).to_be_visible()
    expect(card(rita, "moves to another company").get_by_role("button", name="Approve")).to_be_visible()
    press(bo, card(bo, "moves to another company"), "Approve", confirm="Approve")
    expect(card(rita, "moves to another company").get_by_text("Done", exact=True)).to_be_visible(timeout=WORK_MS)
    rita.get_by_role("button", name="The record").click()
    record = rita.get_by_role("region", name="The record")
    record.get_by_role("tab", name="requests").click()
    record.get_by_role("searchbox").fill("amara.dlamini")
    expect(record.get_by_text("the newest first")).to_be_visible()
    expect(record.get_by_role("cell", name="done", exact=True).first).to_be_visible()


def test_a_member_who_is_no_approver_and_a_guest_are_refused_in_private(demo: str, opened: Open, expect: Any) -> None:
    page = opened(demo)
    ask(page, "oliver.kelly@acme.example", "a question of cost")
    be(page, "Max")
    press(page, card(page, "a question of cost"), "Approve", confirm="Approve")
    expect(private(page).get_by_text("approver")).to_be_visible()
    be(page, "Gus")
    send(page, "/hs-user jane")
    expect(private(page)).to_be_visible()
    expect(private(page).get_by_text("@acme.example")).to_have_count(0)
    be(page, "Ana")
    page.get_by_role("button", name="access").click()
    press(page, card(page, "a question of cost"), "Deny")
    form = page.get_by_role("dialog")
    form.get_by_role("textbox").fill("He stays.")
    form.locator("footer .primary").click()
    expect(form).to_be_hidden()
    expect(card(page, "a question of cost").get_by_text("Denied", exact=True)).to_be_visible()
    expect(card(page, "He stays.")).to_be_visible()


def test_people_are_found_while_typing_and_the_form_says_what_is_wrong_at_its_field(
    demo: str, opened: Open, expect: Any
) -> None:
    page = opened(demo)
    send(page, "/hs-offboard")
    form = the_form(page)
    person = form.get_by_role("combobox", name="Person")
    person.press_sequentially("olivia")
    page.get_by_role("option", name="Olivia Fitzgerald").click()
    expect(form.get_by_text("owns the Help Scout account")).to_be_visible()  # what comes later clears the field's alert
    form.get_by_role("textbox", name="Reason").fill("mischief")
    form.get_by_role("button", name="Ask for approval").click()
    expect(form.locator(".form-field", has_text="Person").get_by_role("alert")).to_contain_text("owner")
    person.fill("")
    person.press_sequentially("agnes cerny")
    page.get_by_role("option", name="Ágnes Černý").click()
    expect(form.get_by_text("7 open conversations")).to_be_visible()
    form.get_by_label("When").fill("2020-01-01T10:00")
    form.get_by_role("button", name="Ask for approval").click()
    expect(form.locator(".form-field", has_text="When").get_by_role("alert")).to_be_visible()
    expect(form.get_by_role("textbox", name="Reason")).to_have_value("mischief")


def test_the_home_tab_shows_an_approver_what_waits_and_lets_them_decide(demo: str, opened: Open, expect: Any) -> None:
    page = opened(demo)
    ask(page, "imogen.obrien@acme.example", "retires")
    be(page, "Bo")
    page.get_by_role("button", name="hs-bot").click()
    page.get_by_role("tab", name="Home").click()
    home = page.get_by_role("tabpanel", name="Home")
    expect(home.get_by_text("Imogen O'Brien").first).to_be_visible()
    press(page, home, "Approve: Offboard Imogen", confirm="Approve")
    told = page.get_by_role("dialog", name="hs-bot")
    expect(told.get_by_text("Approved").first).to_be_visible()
    expect(told.locator("form")).to_be_focused()
    page.keyboard.press("Escape")
    expect(told).to_be_hidden()
    page.get_by_role("button", name="access").click()
    expect(card(page, "retires").get_by_text("Done", exact=True)).to_be_visible(timeout=WORK_MS)
    be(page, "Gus")
    page.get_by_role("button", name="hs-bot").click()
    page.get_by_role("tab", name="Home").click()
    expect(page.get_by_role("tabpanel", name="Home").get_by_role("button")).to_have_count(0)


def test_the_first_home_welcomes_and_its_search_box_shows_a_card(demo: str, opened: Open, expect: Any) -> None:
    page = opened(demo)
    be(page, "Max")
    page.get_by_role("button", name="hs-bot").click()
    page.get_by_role("tab", name="Home").click()
    home = page.get_by_role("tabpanel", name="Home")
    expect(home.get_by_text("Welcome to hs-bot")).to_be_visible()
    box = home.get_by_role("textbox", name="Look someone up")
    box.fill("bo@acme.example")
    box.press("Enter")
    found = page.get_by_role("dialog", name="Search results")
    expect(found.get_by_text("bo@acme.example").first).to_be_visible()
    expect(found.get_by_text("…", exact=True)).to_have_count(0)
    found.get_by_role("button", name="History").click()
    history = page.get_by_role("dialog", name="hs-bot")
    expect(history).to_be_visible()
    history.get_by_role("button", name="Close").last.click()
    expect(found.get_by_text("bo@acme.example").first).to_be_visible()
    found.get_by_role("button", name="Close").last.click()
    expect(found).to_be_hidden()


COMMANDS = (
    "/hs-user",
    "/hs-user jane",
    "/hs-user lookup @max",
    "/hs-user lookup",
    "/hs-user search jnae",
    "/hs-user list role:admin",
    "/hs-user list role:king",
    "/hs-user list team:nowhere",
    "/hs-user history max@acme.example",
    "/hs-user changes 7d",
    "/hs-user changes soon",
    "/hs-user export",
    "/hs-user export pdf",
    "/hs-user sync",
    "/hs-user help",
    "/hs-user lokup jane",
    "/hs-offboard list",
    "/hs-offboard status nothing",
    "/hs-offboard cancel nothing",
    "/hs-offboard list of what",
    "/hs-offboard help",
    "/hs-provision help",
    "/hs-provision max@acme.example",
    "/hs-team list",
    "/hs-team show Onboarding",
    "/hs-team show onbording",
    "/hs-team add jane",
    "/hs-team remove jane Nowhere",
    "/hs-team create",
    "/hs-team delete nothing",
    "/hs-audit log",
    "/hs-audit log jane 30d",
    "/hs-audit orphans",
    "/hs-audit evidence nothing",
    "/hs-audit verify",
    "/hs-audit vrify",
    "/hs-status",
    "/hs-status chart",
    "/hs-status of what",
)


@pytest.mark.parametrize("who", ["rita", "gus"])
def test_every_command_answers_each_person_in_private(demo: str, opened: Open, expect: Any, who: str) -> None:
    page = opened(f"{demo}?as={who}")
    answers = page.locator("article.private")
    refused = answers.filter(has_text="Guests can't use hs-bot")
    refused_before = refused.count()
    for line in COMMANDS:
        before = answers.count()
        send(page, line)
        expect(answers).to_have_count(before + 1)
    expect(page.get_by_text("failed with the error")).to_have_count(0)
    expect(page.get_by_text("Something went wrong inside hs-bot")).to_have_count(0)
    expect(refused).to_have_count(refused_before + len(COMMANDS) if who == "gus" else 0)


def test_a_bot_that_is_killed_at_work_goes_on_where_it_was(demo: str, opened: Open, expect: Any) -> None:
    page = opened(demo)
    ask(page, "takashi.sato@acme.example to:ana@acme.example", "slow hand-over")
    page.get_by_role("button", name="Faults").click()
    faults = page.get_by_role("region", name="Faults")
    faults.get_by_role("button", name="Help Scout: Slow hand-over").click()
    be(page, "Ana")
    press(page, card(page, "slow hand-over"), "Approve", confirm="Approve")
    expect(card(page, "slow hand-over").get_by_text("Running", exact=True)).to_be_visible(timeout=WORK_MS)
    expect(card(page, "slow hand-over").get_by_text(" of 8")).to_be_visible(timeout=WORK_MS)
    faults.get_by_role("button", name="Kill", exact=True).click()
    expect(faults.get_by_text("The bot is stopped")).to_be_visible()
    send(page, "/hs-status")
    expect(private(page).get_by_text('failed with the error "dispatch_failed"')).to_be_visible()
    faults.get_by_role("button", name="Start", exact=True).click()
    expect(faults.get_by_text("The bot is running")).to_be_visible(timeout=WORK_MS)
    expect(card(page, "slow hand-over").get_by_text("Done", exact=True)).to_be_visible(timeout=4 * WORK_MS)


def test_a_lost_answer_to_the_removal_is_settled_by_looking(demo: str, opened: Open, expect: Any) -> None:
    page = opened(demo)
    page.get_by_role("button", name="Faults").click()
    page.get_by_role("button", name="Help Scout: Lost answer to a removal").click()
    ask(page, "jiwoo.choi@acme.example", "leaves with a lost answer")
    be(page, "Ana")
    press(page, card(page, "leaves with a lost answer"), "Approve", confirm="Approve")
    expect(card(page, "leaves with a lost answer").get_by_text("Done", exact=True)).to_be_visible(timeout=WORK_MS)


def test_somebody_removed_behind_the_bots_back_raises_the_alarm(demo: str, opened: Open, expect: Any) -> None:
    page = opened(demo)
    page.get_by_role("button", name="Help Scout").click()
    panel = page.get_by_role("region", name="Help Scout")
    panel.get_by_role("searchbox").fill("caglar.celik")
    expect(panel.get_by_text("1 person with a seat found")).to_be_visible()
    panel.get_by_role("button", name="Remove").click()
    expect(panel.get_by_text("0 people with a seat found")).to_be_visible()
    send(page, "/hs-user sync")
    expect(card(page, "Çağlar Çelik")).to_be_visible(timeout=WORK_MS)


def test_slacks_refusals_are_switches_too(demo: str, opened: Open, expect: Any) -> None:
    page = opened(f"{demo}?as=rita")
    page.get_by_role("button", name="Faults").click()
    faults = page.get_by_role("region", name="Faults")
    for title, word in (
        ("Archived channel", "is_inactive on chat.update"),
        ("Read-only channel", "restricted_action on chat.postMessage"),
        ("Locked thread", "restricted_action_thread_locked on chat.postMessage"),
        ("Member list limited", "ratelimited on users.list, 3 times"),
    ):
        faults.get_by_role("button", name=f"Slack: {title}").click()
        expect(faults.get_by_text(word).first).to_be_visible()
    faults.get_by_role("button", name="Clear all").click()
    expect(faults.get_by_text("Still to come")).to_have_count(0)
    faults.get_by_role("button", name="Slack: Late form").click()
    send(page, "/hs-offboard")
    expect(page.get_by_text("took too long").last).to_be_visible()
    expect(faults.get_by_text("Still to come")).to_have_count(0)


def test_a_list_is_uploaded_to_the_bot_and_into_a_form(demo: str, opened: Open, expect: Any) -> None:
    def choose(where: Any, name: str, content: str) -> None:
        with page.expect_file_chooser() as chooser:
            where.get_by_role("button", name=name).click()
        chooser.value.set_files({"name": "list.csv", "mimeType": "text/csv", "buffer": content.encode()})

    page = opened(demo)
    expect(page.get_by_role("button", name="Upload a file")).to_be_hidden()
    send(page, "/hs-offboard many")
    form = page.get_by_role("dialog", name="Offboard several people")
    choose(form, "Choose a file", "nobody.at.all@acme.example\n")
    expect(form.locator(".file-field > span:last-child")).to_have_text("list.csv")
    form.get_by_role("textbox", name="Reason").fill("mischief")
    form.get_by_role("button", name="Ask for approval").click()
    expect(form.get_by_text("nobody.at.all@acme.example").first).to_be_visible()
    form.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="hs-bot").click()
    page.get_by_role("tab", name="Messages").click()
    choose(page, "Upload a file", "email,last_day\njane@acme.example,2026-10-31\n")
    expect(page.get_by_text("1 leaver").first).to_be_visible(timeout=WORK_MS)


def test_an_identity_provider_pushes_and_its_wish_card_and_fact_stand_side_by_side(
    demo: str, opened: Open, expect: Any
) -> None:
    page = opened(demo)
    page.get_by_role("button", name="Identity provider").click()
    panel = page.get_by_role("region", name="Identity provider")
    panel.get_by_role("searchbox").fill("nina.new")
    expect(panel.get_by_text("1 account", exact=True)).to_be_visible()
    expect(panel.get_by_text("nothing pushed yet")).to_be_visible()
    panel.get_by_role("button", name="Assign", exact=True).click()
    expect(panel.get_by_text("a seat, nina.new@acme.example")).to_be_visible()
    expect(panel.get_by_text("provision, pending")).to_be_visible(timeout=WORK_MS)
    expect(panel.get_by_text("no seat", exact=True)).to_be_visible()
    expect(card(page, "Okta asks to provision Nina New")).to_be_visible(timeout=WORK_MS)
    panel.get_by_role("tab", name="Pushes").click()
    expect(panel.get_by_text('"userName": "nina.new@acme.example"')).to_be_visible()
