"""Every command, button, form, typeahead, shortcut and event that hs-bot listens to, one line each."""

from collections.abc import Mapping

from bot.slack.commands import (
    audit,
    batches,
    home,
    home_search,
    offboard,
    provision,
    reconcile,
    requests,
    role_check,
    status,
    team,
    user,
    user_export,
    user_history,
    user_lists,
    user_sync,
)
from bot.slack.commands import decisions as decide
from bot.slack.commands.command import Command
from bot.slack.commands.seats import by_group, deactivated, dormant, left_as_is, population
from bot.slack.forms import again as ask_again
from bot.slack.forms import change as change_form
from bot.slack.forms import move as move_request
from bot.slack.forms import offboard as offboard_form
from bot.slack.forms import offboard_many as many_form
from bot.slack.forms import provision as provision_form
from bot.slack.forms import restore as restore_form
from bot.slack.forms import seat_end as seat_end_form
from bot.slack.inbound.dispatch import EventHandler, Handler, TurnedAway, Typeahead
from bot.slack.inbound.sent_forms import FormHandler
from bot.slack.views import audit as audit_views
from bot.slack.views import reconcile as reconcile_view
from bot.slack.views import role_check as role_view
from bot.slack.views import search_box
from bot.slack.views.forms import change as change_view
from bot.slack.views.forms import deny as deny_form
from bot.slack.views.forms import leave_out as leave_view
from bot.slack.views.forms import move as move_form
from bot.slack.views.forms import offboard as offboard_view
from bot.slack.views.forms import offboard_many as many_view
from bot.slack.views.forms import provision as provision_view
from bot.slack.views.forms import restore as restore_view
from bot.slack.views.forms import seat_end as seat_end_view
from bot.slack.views.forms.inputs import ASSIGNEE
from bot.slack.views.home import page as home_view
from bot.slack.views.many import batch_card
from bot.slack.views.many import left_as_is as left_view
from bot.slack.views.people import lists, person, teams
from bot.slack.views.requests import messages, request_card

COMMANDS: tuple[Command, ...] = (
    Command(
        "/hs-user",
        (
            user.LOOKUP,
            user_lists.SEARCH,
            user_lists.LIST,
            user_history.HISTORY,
            user_history.CHANGES,
            user_export.EXPORT,
            user_sync.SYNC,
        ),
        default=user.WHO,
    ),
    provision.COMMAND,
    team.COMMAND,
    audit.COMMAND,
    Command(
        "/hs-offboard",
        (offboard.WHO, offboard.NOTHING, batches.MANY, requests.LIST, requests.STATUS_OF, requests.CANCEL_ONE),
        default=offboard.WHO,
        empty=offboard.NOTHING,
    ),
    Command("/hs-status", (status.NOTHING, status.CHART), empty=status.NOTHING),
)

BUTTONS: Mapping[str, Handler] = {
    person.SHOW: user.show,
    person.HISTORY: user_history.show_history,
    lists.PAST_HISTORY: user_history.turn_history,
    lists.CHANGES: user_history.turn_changes,
    lists.SEARCH: user_lists.turn_search,
    lists.LIST: user_lists.turn_list,
    teams.SHOW: team.chosen,
    teams.MORE: team.turn_list,
    teams.MEMBERS: team.turn_members,
    teams.DELETE: team.delete_chosen,
    audit_views.MORE: audit.turn,
    reconcile_view.MORE: reconcile.turn,
    reconcile_view.OFFBOARD: reconcile.offboard,
    reconcile_view.SEAT: reconcile.give_seat,
    reconcile_view.CHANGE: reconcile.change,
    reconcile_view.LEAVE: left_as_is.ask_why,
    left_view.LEFT: left_as_is.show,
    left_view.TAKE_BACK: left_as_is.take_back,
    reconcile_view.DORMANT: dormant.show,
    reconcile_view.BY_GROUP: by_group.show,
    person.OFFBOARD: offboard.chosen,
    requests.STATUS: requests.show,
    requests.PAGE: requests.turn,
    home_view.DETAILS: requests.show,
    home_view.OFFBOARD: home.offboard,
    home_view.SEAT: home.seat,
    home_view.PICTURE: home.draw_picture,
    home_view.ORPHANS: home.orphans,
    search_box.SEARCH: home_search.search,
    person.RESTORE: restore_form.chosen,
    person.CHANGE: change_form.opened,
    person.END: seat_end_form.chosen,
    request_card.EXTEND: seat_end_form.extended,
    provision_view.EMAIL: provision_form.changed,
    provision_view.ROLE: provision_form.changed,
    request_card.AGAIN: ask_again.opened,
    role_view.CHECK: role_check.check,
    offboard_view.PERSON: offboard_form.person_chosen,
    ASSIGNEE: offboard_form.person_chosen,
    requests.BATCH: batches.show,
    reconcile_view.OFFBOARD_ALL: batches.all_orphans,
}
"""action_id (or what stands before its first `:`) → handler."""

DECISIONS: Mapping[str, Handler] = {
    request_card.APPROVE: decide.approve,
    request_card.DENY: decide.deny,
    request_card.CANCEL: decide.cancel,
    request_card.RETRY: decide.retry,
    request_card.CHECK: decide.check_now,
    request_card.MOVE: move_request.opened,
    request_card.REMIND: decide.remind,
    request_card.ASSIGN: decide.assign,
    messages.GUARD: decide.confirm_removals,
    request_card.KEEP: seat_end_form.kept,
    batch_card.APPROVE: batches.approve,
    batch_card.DENY: batches.deny,
    batch_card.LEAVE_OUT: batches.leave_out,
    batch_card.CANCEL: batches.cancel,
    batch_card.ASSIGN: batches.assign,
    batch_card.RETRY_ALL: batches.retry_all,
    batch_card.REMIND: batches.remind,
    reconcile_view.ACCEPT: reconcile.accept,
}
"""Buttons that decide: besides the gate, the services judge and record every click by who somebody is just then."""

FORMS: Mapping[str, FormHandler] = {
    left_view.FORM: left_as_is.leave,
    teams.CALLBACK: team.deletion_submitted,
    offboard_view.CALLBACK: offboard_form.submitted,
    provision_view.CALLBACK: provision_form.submitted,
    restore_view.CALLBACK: restore_form.submitted,
    seat_end_view.CALLBACK: seat_end_form.submitted,
    change_view.CALLBACK: change_form.submitted,
    deny_form.CALLBACK: decide.denied,
    move_form.CALLBACK: move_request.submitted,
    many_view.CALLBACK: many_form.submitted,
    batches.DENY_FORM: batches.denied,
    leave_view.CALLBACK: batches.left_out,
}
"""callback_id → handler."""

TYPEAHEADS: Mapping[str, Typeahead] = {
    offboard_view.PERSON: offboard_form.people,
    ASSIGNEE: offboard_form.people,
    request_card.ASSIGN: offboard_form.people,
    batch_card.ASSIGN: offboard_form.people,
    provision_view.TEAMS: provision_form.teams,
    change_view.ZONE: change_form.zones,
}
"""action_id → options."""

SHORTCUTS: Mapping[str, Handler] = {
    "offboard": offboard.shortcut,
    "offboard_author": offboard.author,
}
"""callback_id → handler, of global and message shortcuts."""

EVENTS: Mapping[str, tuple[EventHandler, TurnedAway]] = {
    "app_home_opened": (home.opened, home.turned_away_at),
    "message": (population.received, population.turned_away),
}
"""Type of event that somebody causes → handler, and what takes its place for whom hs-bot does not work."""

SIGNALS: Mapping[str, EventHandler] = {
    "user_change": deactivated.member_changed,
}
"""Type of event that nobody asks anything by → handler: it is about somebody, deactivated people included."""
