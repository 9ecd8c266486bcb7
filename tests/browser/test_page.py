"""The page behaves like a workspace: it draws every part of Block Kit, and each part does what it does in Slack."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Open = Callable[..., Any]


def send(page: Any, line: str) -> None:
    box = page.get_by_role("textbox", name="Message")
    box.fill(line)
    box.press("Enter")


def open_form(page: Any) -> Any:
    send(page, "/form")
    form = page.get_by_role("dialog", name="A form")
    form.wait_for()
    return form


def choose_person(page: Any, form: Any, words: str, name: str) -> None:
    form.get_by_role("combobox", name="Person").press_sequentially(words)
    page.get_by_role("option", name=name).click()


def test_every_block_is_drawn_and_nothing_of_it_is_taken_for_html(gallery: str, opened: Open, expect: Any) -> None:
    page = opened(gallery)
    send(page, "/show everything")
    message = page.locator("article").last
    expect(message.get_by_text("Only visible to you")).to_be_visible()
    expect(message.get_by_role("heading", name="A header")).to_be_visible()
    expect(message.locator("strong", has_text="bold")).to_be_visible()
    expect(message.get_by_role("link", name="a link")).to_have_attribute("href", "https://example.com")
    expect(message.get_by_text("@ana")).to_be_visible()
    expect(message.get_by_text("<img src=x onerror=alert(1)> *bold* <!channel>", exact=False)).to_be_visible()
    expect(message.get_by_role("img", name="warning")).to_be_visible()
    expect(message.get_by_role("img", name="A picture from elsewhere")).to_be_visible()
    expect(message.get_by_role("columnheader", name="Seats")).to_be_visible()
    expect(message.get_by_role("listitem").filter(has_text="an item")).to_be_visible()
    at = datetime.fromtimestamp(1790000000, ZoneInfo("Europe/Madrid"))
    expect(message.get_by_text(f"{at:%Y-%m-%d} {at.strftime('%I:%M %p').lstrip('0')}")).to_be_visible()
    assert message.locator("img").count() == 0


def test_a_button_a_menu_and_an_overflow_tell_the_bot(gallery: str, opened: Open, expect: Any) -> None:
    page = opened(f"{gallery}?as=max")
    send(page, "/show everything")
    message = page.locator("article.private").last
    message.get_by_role("button", name="Beside").click()
    expect(page.get_by_text("pressed beside by @max")).to_be_visible()
    message.get_by_role("combobox", name="A role").click()
    page.get_by_role("option", name="Admin").click()
    expect(page.get_by_text("pressed role admin by @max")).to_be_visible()
    message.get_by_role("button", name="More options").click()
    page.get_by_role("menuitem", name="Export").click()
    expect(page.get_by_text("pressed more export by @max")).to_be_visible()


def test_a_confirm_dialog_stands_before_the_click(gallery: str, opened: Open, expect: Any) -> None:
    page = opened(f"{gallery}?as=ana")
    send(page, "/show everything")
    message = page.locator("article.private").last
    message.get_by_role("button", name="Careful").click()
    page.get_by_role("button", name="Leave it").click()
    message.get_by_role("button", name="Careful").click()
    expect(page.get_by_text("It can't be undone.")).to_be_visible()
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_text("pressed careful by @ana")).to_have_count(1)


def test_commands_complete_with_the_keyboard(gallery: str, opened: Open, expect: Any) -> None:
    page = opened(gallery)
    box = page.get_by_role("textbox", name="Message")
    box.press_sequentially("/s")
    expect(page.get_by_role("option", name="/show")).to_be_visible()
    box.press("Tab")
    expect(box).to_have_value("/show ")
    expect(page.get_by_role("option", name="/show nothing WHO")).to_be_visible()
    box.press("ArrowDown")
    box.press("ArrowDown")
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("/show nothing ")
    box.press_sequentially("@ma")
    page.get_by_role("option", name="@max").click()
    box.press("Enter")
    expect(page.get_by_text("nothing about nothing @max")).to_be_visible()
    box.press("ArrowUp")
    expect(box).to_have_value("/show nothing @max")


def test_a_mouse_that_lies_still_completes_nothing(gallery: str, opened: Open, expect: Any) -> None:
    page = opened(gallery)
    box = page.get_by_role("textbox", name="Message")
    box.press_sequentially("/show")
    offer = page.get_by_role("option", name="/show")
    offer.hover(trial=True)
    below = offer.bounding_box()
    box.fill("")
    expect(page.get_by_role("option")).to_have_count(0)
    page.mouse.move(below["x"] + 40, below["y"] + below["height"] / 2)
    box.press_sequentially("/show")
    expect(page.get_by_role("option", name="/show")).to_be_visible()
    box.press("Enter")
    expect(page.get_by_text("nothing about", exact=True).last).to_be_visible()
    box.press_sequentially("/show")
    expect(page.get_by_role("option", name="/show")).to_be_visible()
    page.mouse.move(below["x"] + 60, below["y"] + below["height"] / 2, steps=3)
    expect(page.get_by_role("option", name="/show", selected=True)).to_be_visible()


def test_what_one_writes_and_what_answers_one_is_scrolled_to(gallery: str, opened: Open, expect: Any) -> None:
    page, bo = opened(gallery, height=500), opened(f"{gallery}?as=bo")
    answers = page.locator("article.private")
    for number in range(answers.count(), answers.count() + 3):
        send(page, "/show everything")
        expect(answers).to_have_count(number + 1)
    expect(answers.last).to_be_in_viewport()
    top = page.get_by_role("heading", name="access", level=2)
    top.scroll_into_view_if_needed()
    send(bo, "somebody else's words")
    expect(page.get_by_text("somebody else's words")).to_have_count(1)
    expect(top).to_be_in_viewport()
    send(page, "/show nothing new")
    expect(page.get_by_text("nothing about nothing new")).to_be_in_viewport()
    top.scroll_into_view_if_needed()
    send(page, "words of mine")
    expect(page.get_by_text("words of mine")).to_be_in_viewport()


def test_a_narrow_page_shows_a_panel_below_what_is_said(gallery: str, opened: Open, expect: Any) -> None:
    page = opened(gallery, width=480)
    tour = page.get_by_role("region", name="Guided tour")
    expect(tour).to_be_in_viewport()
    expect(page.get_by_role("textbox", name="Message")).to_be_in_viewport(ratio=1)
    box, panel = page.get_by_role("textbox", name="Message").bounding_box(), tour.bounding_box()
    assert box["width"] > 300
    assert box["y"] + box["height"] <= panel["y"]
    page.get_by_role("button", name="Faults").click()
    expect(page.get_by_role("region", name="Faults")).to_be_in_viewport()
    page.get_by_role("region", name="Faults").get_by_role("button", name="Close panel").click()
    send(page, "/form")
    form = page.get_by_role("dialog", name="A form")
    expect(form.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 480


def test_a_form_asks_for_what_is_missing_and_shows_the_bots_errors(gallery: str, opened: Open, expect: Any) -> None:
    page = opened(gallery)
    form = open_form(page)
    form.get_by_role("button", name="Send").click()
    expect(form.get_by_role("alert").filter(has_text="Please complete this required field.")).to_have_count(2)
    choose_person(page, form, "brück", "Max Brückner")
    form.get_by_role("textbox", name="E-mail").fill("no address")
    form.get_by_role("textbox", name="Reason").fill("short")
    form.get_by_role("button", name="Send").click()
    expect(form.get_by_text("Please enter a valid email address.")).to_be_visible()
    form.get_by_role("textbox", name="E-mail").fill("")
    form.get_by_role("button", name="Send").click()
    expect(form.get_by_role("alert").filter(has_text="Say more than that.")).to_be_visible()
    expect(form.get_by_role("textbox", name="Reason")).to_have_value("short")


def test_a_form_filled_in_arrives_whole(gallery: str, opened: Open, expect: Any) -> None:
    page = opened(gallery)
    form = open_form(page)
    form.get_by_role("textbox", name="Reason").fill("typed before the choice")
    choose_person(page, form, "okafor", "Ana Okafor")
    expect(form.get_by_text("Ana Okafor has 15 open conversations.")).to_be_visible()
    expect(form.get_by_role("textbox", name="Reason")).to_have_value("typed before the choice")
    form.get_by_label("When").fill("2026-12-01T18:00")
    for team in ("Billing", "Tier 1"):
        form.get_by_role("combobox", name="Teams").click()
        page.get_by_role("option", name=team).click()
    expect(form.get_by_role("button", name="Remove Billing")).to_be_visible()
    form.get_by_role("radio", name="Admin").check()
    form.get_by_role("checkbox", name="Laptop").check()
    form.get_by_role("button", name="Send").click()
    expect(form).to_be_hidden()
    when = int(datetime(2026, 12, 1, 18, tzinfo=ZoneInfo("Europe/Madrid")).timestamp())
    said = f"sent: @ana | typed before the choice | {when} | billing, tier 1 | admin | laptop"
    expect(page.get_by_text(said)).to_be_visible()


def test_a_typeahead_is_used_with_the_keyboard_alone(gallery: str, opened: Open, expect: Any) -> None:
    page = opened(gallery)
    form = open_form(page)
    person = form.get_by_role("combobox", name="Person")
    person.press_sequentially("m")
    expect(page.get_by_text("Type 2 or more characters")).to_be_visible()
    person.press_sequentially("o")
    expect(page.get_by_role("option", name="Rita Moreno-Lindqvist")).to_be_visible()
    person.press("Enter")
    expect(person).to_have_value("Rita Moreno-Lindqvist")
    person.press("Backspace")
    person.press("Tab")
    expect(person).to_have_value("Rita Moreno-Lindqvist")
    person.press_sequentially("zzz")
    expect(page.get_by_text("No results")).to_be_visible()


def test_escape_closes_the_form_and_the_bot_hears_of_it(gallery: str, opened: Open, expect: Any) -> None:
    page = opened(gallery)
    form = open_form(page)
    form.get_by_role("textbox", name="Reason").press("Escape")
    expect(form).to_be_hidden()
    expect(page.get_by_text("closed without sending").last).to_be_visible()


def test_shortcuts_are_in_the_menus(gallery: str, opened: Open, expect: Any) -> None:
    page = opened(gallery)
    page.get_by_role("button", name="Shortcuts").click()
    page.get_by_role("menuitem", name="Open the form").click()
    form = page.get_by_role("dialog", name="A form")
    form.get_by_role("button", name="Cancel").click()
    expect(form).to_be_hidden()
    send(page, "hello from rita")
    page.locator("article", has_text="hello from rita").last.hover()
    page.locator("article", has_text="hello from rita").last.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Name the author").click()
    expect(page.get_by_text("written by @rita").last).to_be_visible()


def test_a_thread_opens_beside_the_channel(gallery: str, opened: Open, expect: Any) -> None:
    page = opened(gallery)
    send(page, "something to talk about")
    channel = page.get_by_role("region", name="Conversation")
    message = channel.locator("article", has_text="something to talk about")
    message.hover()
    message.get_by_role("button", name="Reply in thread").click()
    thread = page.get_by_role("region", name="Thread")
    thread.get_by_role("textbox", name="Reply").fill("my reply")
    thread.get_by_role("textbox", name="Reply").press("Enter")
    expect(thread.get_by_text("my reply")).to_be_visible()
    expect(message.get_by_role("button", name="1 reply")).to_be_visible()
    thread.get_by_role("button", name="Close thread").click()
    expect(thread).to_be_hidden()


def test_messages_come_live_and_wait_for_others_as_unread(gallery: str, opened: Open, expect: Any) -> None:
    rita, bo = opened(gallery), opened(f"{gallery}?as=bo&in=general")
    send(rita, "can anybody see this?")
    bo.get_by_role("button", name="access, ").click()
    expect(bo.get_by_role("button", name="access", exact=True)).to_have_attribute("aria-current", "page")
    expect(bo.get_by_text("can anybody see this?")).to_be_visible()


def test_an_ephemeral_answer_is_seen_by_one_person_and_can_be_dismissed(
    gallery: str, opened: Open, expect: Any
) -> None:
    page = opened(f"{gallery}?as=bo")
    send(page, "/show nothing for bo")
    expect(page.get_by_text("nothing about nothing for bo")).to_be_visible()
    page.get_by_role("radio", name="Ana").click()
    expect(page.get_by_text("nothing about nothing for bo")).to_have_count(0)
    page.get_by_role("radio", name="Bo").click()
    page.locator("article", has_text="nothing for bo").get_by_role("button", name="Dismiss message").click()
    expect(page.get_by_text("nothing about nothing for bo")).to_have_count(0)


def test_a_file_comes_into_the_direct_message_and_opens(gallery: str, opened: Open, expect: Any) -> None:
    page = opened(gallery)
    send(page, "/show file")
    page.get_by_role("button", name="hs-bot, 1 unread").click()
    page.get_by_role("button", name="Open people.csv").click()
    sheet = page.get_by_role("dialog", name="People")
    expect(sheet.get_by_role("cell", name="<b>Jane</b>")).to_be_visible()
    sheet.get_by_role("button", name="Close").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save").click()
    assert download.value.suggested_filename == "people.csv"


def test_the_home_is_each_persons_own(gallery: str, opened: Open, expect: Any) -> None:
    page = opened(gallery)
    page.get_by_role("button", name="hs-bot").click()
    page.get_by_role("tab", name="Home").click()
    expect(page.get_by_text("Hello @rita")).to_be_visible()
    page.get_by_role("radio", name="Gus").click()
    expect(page.get_by_text("Hello @gus")).to_be_visible()
    page.get_by_role("tabpanel", name="Home").get_by_role("button", name="Beside").click()


def test_a_guest_sees_only_their_channels(gallery: str, opened: Open, expect: Any) -> None:
    page = opened(f"{gallery}?as=gus")
    expect(page.get_by_role("button", name="general")).to_be_visible()
    expect(page.get_by_role("button", name="access")).to_have_count(0)
    expect(page.get_by_role("heading", name="general", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="access")).to_have_count(0)


def test_help_scout_can_be_looked_into_and_changed_behind_the_bots_back(
    gallery: str, opened: Open, expect: Any
) -> None:
    page = opened(gallery)
    page.get_by_role("button", name="Help Scout").click()
    panel = page.get_by_role("region", name="Help Scout")
    panel.get_by_role("searchbox", name="Search").fill("jane")
    expect(panel.get_by_text("1 person with a seat found")).to_be_visible()
    panel.get_by_role("button", name="Open").click()
    expect(panel.get_by_text("15 open conversations of Jane D'Arcy")).to_be_visible()
    panel.get_by_role("tab", name="People").click()
    panel.get_by_role("button", name="Remove").click()
    expect(panel.get_by_text("0 people with a seat found")).to_be_visible()
    panel.get_by_role("tab", name="Requests").click()
    expect(panel.get_by_role("columnheader", name="Status")).to_be_visible()


def test_a_fault_is_ordered_and_taken_back(gallery: str, opened: Open, expect: Any) -> None:
    page = opened(gallery)
    page.get_by_role("button", name="Faults").click()
    panel = page.get_by_role("region", name="Faults")
    panel.get_by_role("button", name="Slack: Too many messages").click()
    expect(panel.get_by_text("Slack: ratelimited on chat.*, 3 times")).to_be_visible()
    panel.get_by_role("button", name="Clear all").click()
    expect(panel.get_by_text("Still to come")).to_have_count(0)
