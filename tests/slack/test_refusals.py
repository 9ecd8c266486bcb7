"""Every word with which Slack's Web API refuses, and what becomes of it.

The record is of Slack's public reference (docs.slack.dev/reference/methods, tables "Errors", in stored copies: that of
 slack-ruby/slack-api-ref and later ones) for the methods that hs-bot uses, with the words that were seen in public
reports besides. A word that is missing here is a word that nobody has thought about.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.api.refusals import Act, Becomes, becomes, too_late
from bot.slack.api.scopes import METHODS


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


EVERYWHERE = words("""
    access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted
    fatal_error internal_error invalid_arg_name invalid_arguments invalid_array_arg invalid_auth invalid_charset
    invalid_form_data invalid_post_type method_deprecated missing_post_type missing_scope no_permission
    not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable
    team_access_not_granted team_added_to_org token_expired token_revoked two_factor_setup_required
""")
"""Documented for every method."""

POSTING = words("""
    as_user_not_supported attachment_payload_limit_exceeded cannot_reply_to_message channel_not_found
    channel_type_not_supported duplicate_channel_not_found duplicate_message_not_found external_channel_migrating
    invalid_attachments invalid_blocks invalid_blocks_format invalid_metadata_format invalid_metadata_schema is_archived
    is_inactive markdown_text_conflict message_limit_exceeded message_not_found messages_tab_disabled
    metadata_must_be_sent_from_app metadata_too_large msg_blocks_too_long msg_too_long no_text not_in_channel
    rate_limited restricted_action restricted_action_non_threadable_channel restricted_action_read_only_channel
    restricted_action_thread_locked restricted_action_thread_only_channel slack_connect_canvas_sharing_blocked
    slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked team_not_found thread_not_found
    too_many_attachments too_many_contact_cards user_not_found
""")
SPECIFIC = {
    ("chat.postMessage", Act.POST): POSTING,
    ("chat.postMessage", Act.REPLY): POSTING | words("invalid_thread_ts thread_locked"),
    ("chat.postMessage", Act.DIRECT): POSTING | words("cannot_dm_bot user_disabled"),
    ("chat.update", Act.UPDATE): words("""
        as_user_not_supported block_mismatch cant_broadcast_message cant_update_message channel_not_found
        edit_window_closed external_channel_migrating invalid_attachments invalid_blocks invalid_blocks_format
        invalid_metadata_format invalid_metadata_schema is_inactive markdown_text_conflict message_not_found
        metadata_must_be_sent_from_app metadata_too_large msg_too_long no_dual_broadcast_content_update no_text
        not_in_channel slack_connect_file_link_sharing_blocked streaming_state_conflict team_not_found
        too_many_attachments update_failed
    """),
    ("chat.getPermalink", Act.OTHER): words("channel_not_found message_not_found"),
    ("views.open", Act.OTHER): words("""
        duplicate_external_id exchanged_trigger_id expired_trigger_id invalid_trigger_id trigger_exchanged
        trigger_expired view_too_large
    """),
    ("views.push", Act.OTHER): words("""
        duplicate_external_id exchanged_trigger_id expired_trigger_id invalid_trigger_id not_found push_limit_reached
        trigger_exchanged trigger_expired view_too_large
    """),
    ("views.update", Act.OTHER): words("duplicate_external_id hash_conflict not_found view_too_large"),
    ("views.publish", Act.OTHER): words("duplicate_external_id hash_conflict not_enabled view_too_large"),
    ("users.info", Act.OTHER): words("user_not_found user_not_visible"),
    ("users.list", Act.OTHER): words("invalid_cursor limit_required"),
    ("users.lookupByEmail", Act.OTHER): words("users_not_found"),
    ("usergroups.users.list", Act.OTHER): words("""
        is_bot no_such_subteam plan_upgrade_required subteam_disabled subteam_not_found user_is_bot user_is_restricted
    """),
    ("conversations.open", Act.OTHER): words("""
        channel_not_found invalid_user_combination method_not_supported_for_channel_type not_enough_users too_many_users
        user_disabled user_not_found user_not_visible users_list_not_supplied
    """),
    ("conversations.info", Act.OTHER): words("channel_is_limited_access channel_not_found"),
    ("conversations.members", Act.OTHER): words("""
        channel_not_found fetch_members_failed invalid_cursor invalid_limit method_not_supported_for_channel_type
    """),
    ("conversations.history", Act.OTHER): words("""
        channel_not_found invalid_cursor invalid_ts_latest invalid_ts_oldest not_in_channel pagination_not_available
    """),
    ("conversations.replies", Act.OTHER): words("""
        channel_not_found invalid_cursor invalid_ts_latest invalid_ts_oldest thread_not_found
    """),
    ("files.getUploadURLExternal", Act.OTHER): words("""
        alt_txt_too_large file_upload_size_restricted file_uploads_disabled missing_argument snippet_too_large
        storage_limit_reached unknown_snippet_type unknown_subtype
    """),
    ("files.completeUploadExternal", Act.OTHER): words("""
        file_not_found file_update_failed invalid_channel posting_to_channel_denied
    """),
    ("files.info", Act.OTHER): words("file_deleted file_not_found"),
    ("apps.connections.open", Act.OTHER): words("""
        forbidden_team insecure_request is_bot missing_args socket_mode_not_enabled
    """),
    ("auth.test", Act.OTHER): frozenset(),
}
"""Per method, and per kind of message where one method posts several kinds."""

SENT_LATER = words("""
    fatal_error fetch_members_failed file_update_failed hash_conflict internal_error rate_limited ratelimited
    request_timeout service_unavailable streaming_state_conflict team_added_to_org update_failed
""")
GIVEN_UP = words("""
    alt_txt_too_large as_user_not_supported attachment_payload_limit_exceeded block_mismatch cannot_dm_bot
    cant_broadcast_message duplicate_channel_not_found duplicate_external_id duplicate_message_not_found
    exchanged_trigger_id expired_trigger_id file_not_found insecure_request invalid_arg_name invalid_arguments
    invalid_array_arg invalid_attachments invalid_blocks invalid_blocks_format invalid_charset invalid_cursor
    invalid_form_data invalid_limit invalid_metadata_format invalid_metadata_schema invalid_post_type
    invalid_trigger_id invalid_ts_latest invalid_ts_oldest invalid_user_combination limit_required
    markdown_text_conflict metadata_must_be_sent_from_app metadata_too_large method_not_supported_for_channel_type
    missing_args missing_argument missing_post_type msg_blocks_too_long msg_too_long no_dual_broadcast_content_update
    no_such_subteam no_text not_enough_users not_found pagination_not_available push_limit_reached snippet_too_large
    subteam_disabled subteam_not_found too_many_attachments too_many_contact_cards too_many_users trigger_exchanged
    trigger_expired unknown_snippet_type unknown_subtype user_disabled user_is_bot user_is_restricted user_not_visible
    users_list_not_supplied users_not_found view_too_large
""")
PEOPLE_ARE_TOLD = words("""
    access_denied accesslimited account_inactive channel_is_limited_access channel_type_not_supported
    deprecated_endpoint ekm_access_denied enterprise_is_restricted external_channel_migrating file_deleted
    file_upload_size_restricted file_uploads_disabled forbidden_team invalid_auth invalid_channel is_bot
    message_limit_exceeded method_deprecated missing_scope no_permission not_allowed_token_type not_authed not_enabled
    not_in_channel org_login_required plan_upgrade_required posting_to_channel_denied restricted_action
    restricted_action_read_only_channel restricted_action_thread_only_channel slack_connect_canvas_sharing_blocked
    slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked socket_mode_not_enabled
    storage_limit_reached team_access_not_granted team_not_found token_expired token_revoked two_factor_setup_required
""")
DEPENDS = {  # on what was tried: where it is given up; anywhere else people are told
    "cannot_reply_to_message": {Act.REPLY},
    "cant_update_message": {Act.UPDATE},
    "channel_not_found": {Act.DIRECT},
    "edit_window_closed": {Act.UPDATE},
    "invalid_thread_ts": {Act.REPLY},
    "is_archived": {Act.DIRECT},
    "is_inactive": {Act.DIRECT},
    "message_not_found": {Act.REPLY, Act.UPDATE, Act.OTHER},
    "messages_tab_disabled": {Act.DIRECT},
    "restricted_action_non_threadable_channel": {Act.REPLY},
    "restricted_action_thread_locked": {Act.REPLY},
    "thread_locked": {Act.REPLY},
    "thread_not_found": {Act.REPLY, Act.OTHER},
    "user_not_found": {Act.DIRECT, Act.OTHER},
}

DOCUMENTED = [(method, act, word) for (method, act), own in SPECIFIC.items() for word in sorted(own | EVERYWHERE)]


def expected(word: str, act: Act) -> Becomes:
    if word in SENT_LATER:
        return Becomes.AGAIN
    nobody = words("cannot_dm_bot user_disabled user_not_visible users_not_found invalid_user_combination")
    if word in DEPENDS:
        return Becomes.LOST if act in DEPENDS[word] else Becomes.PLACE
    if word in nobody and act not in (Act.DIRECT, Act.OTHER):
        return Becomes.PLACE
    return Becomes.LOST if word in GIVEN_UP else Becomes.PLACE


def test_every_method_that_is_called_stands_in_the_table() -> None:
    assert {method for method, _ in SPECIFIC} == set(METHODS)


def test_no_word_of_slacks_reference_is_missing_and_each_has_one_end() -> None:
    documented = {word for _, _, word in DOCUMENTED}
    groups = (SENT_LATER, GIVEN_UP, PEOPLE_ARE_TOLD, frozenset(DEPENDS))
    assert documented == frozenset().union(*groups)
    assert sum(map(len, groups)) == len(documented), "a word stands in two groups"


@pytest.mark.parametrize(("method", "act"), SPECIFIC)
def test_what_becomes_of_every_word(method: str, act: Act) -> None:
    own = [word for name, kind, word in DOCUMENTED if (name, kind) == (method, act)]
    wrong = {word: becomes(word, act) for word in own if becomes(word, act) is not expected(word, act)}
    assert not wrong


@given(st.from_regex(r"[a-z]{3,12}_[a-z]{3,12}_new", fullmatch=True), st.sampled_from(Act))
def test_a_word_that_nobody_has_heard_of_is_told_to_people(word: str, act: Act) -> None:
    assert becomes(word, act) is Becomes.PLACE


@pytest.mark.parametrize(
    ("code", "messages", "late"),
    [
        ("expired_trigger_id", None, True),
        ("exchanged_trigger_id", [], True),
        ("invalid_arguments", ["[ERROR] `trigger_id` expired [json-pointer:/trigger_id]"], True),
        ("invalid_arguments", ["invalid `trigger_id`"], True),
        ("invalid_arguments", ["[ERROR] missing required field: view"], False),
        ("invalid_arguments", None, False),
        ("view_too_large", ["`trigger_id`"], False),
    ],
)
def test_a_late_trigger_is_known_however_it_is_worded(code: str, messages: object, late: bool) -> None:
    assert too_late(code, messages) is late
