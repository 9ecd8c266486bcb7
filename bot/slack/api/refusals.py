"""What becomes of a call that Slack's Web API refuses: one rule for every method and every word.

Slack documents some two hundred words and adds others without notice. What matters of one is whether the call may be
made again, whether only this message is lost, or whether the place (or the token) is wrong, so that people must be told
and somebody must put it right. A word that nobody has heard of counts as the last.

Source: the tables "Errors" of docs.slack.dev/reference/methods; `tests/slack/test_refusals.py` has every word of them.
"""

from enum import StrEnum


class Becomes(StrEnum):
    """What is done about a refusal."""

    AGAIN = "again"  # later, and nobody needs to know
    LOST = "lost"  # never again for this message, view or question: said once where people look
    PLACE = "place"  # the channel, the token or the workspace is wrong: said in /hs-status and to requesters


class Act(StrEnum):
    """What was tried. The same word means something else for a reply than for a message of its own."""

    POST = "post"  # a message in a channel
    REPLY = "reply"  # one in a thread
    DIRECT = "direct"  # one to a member
    UPDATE = "update"  # of a message that was posted
    OTHER = "other"  # views, files, and everything that reads


AGAIN = frozenset(
    {
        "ratelimited", "rate_limited", "internal_error", "fatal_error", "request_timeout", "service_unavailable",
        "team_added_to_org", "update_failed", "file_update_failed", "streaming_state_conflict", "hash_conflict",
        "fetch_members_failed",
    }
)  # fmt: skip
"""Slack's words for: not now."""

MALFORMED = frozenset(
    {
        "invalid_arguments", "invalid_arg_name", "invalid_array_arg", "invalid_charset", "invalid_form_data",
        "invalid_post_type", "missing_post_type", "missing_argument", "missing_args", "insecure_request",
        "invalid_blocks", "invalid_blocks_format", "invalid_attachments", "too_many_attachments", "block_mismatch",
        "too_many_contact_cards", "no_text", "msg_too_long", "msg_blocks_too_long", "markdown_text_conflict",
        "attachment_payload_limit_exceeded", "invalid_metadata_format", "invalid_metadata_schema",
        "metadata_too_large", "metadata_must_be_sent_from_app", "as_user_not_supported", "cant_broadcast_message",
        "no_dual_broadcast_content_update", "duplicate_channel_not_found", "duplicate_message_not_found",
        "duplicate_external_id", "view_too_large", "push_limit_reached", "invalid_cursor", "invalid_limit",
        "limit_required", "pagination_not_available", "invalid_ts_latest", "invalid_ts_oldest", "alt_txt_too_large",
        "snippet_too_large", "unknown_snippet_type", "unknown_subtype", "users_list_not_supplied", "not_enough_users",
        "too_many_users", "invalid_types",
    }
)  # fmt: skip
"""Slack does not take this one, and will not take it the next time."""

UNSHOWABLE = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long", "no_text"})
"""… but may take it as plain text."""

TOO_LATE = frozenset(
    {"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired", "trigger_exchanged"}
)
"""Slack let the form be opened for three seconds, once."""

NOBODY = frozenset(
    {
        "user_not_found", "users_not_found", "user_not_visible", "user_disabled", "cannot_dm_bot",
        "invalid_user_combination", "user_is_restricted", "user_is_bot", "method_not_supported_for_channel_type",
    }
)  # fmt: skip
"""That member can't be reached, whatever is sent."""

_LOST = {
    Act.POST: MALFORMED,
    Act.REPLY: MALFORMED
    | {
        "cannot_reply_to_message", "thread_not_found", "message_not_found", "invalid_thread_ts", "thread_locked",
        "restricted_action_thread_locked", "restricted_action_non_threadable_channel",
    },
    Act.DIRECT: MALFORMED | NOBODY | {"channel_not_found", "messages_tab_disabled", "is_inactive", "is_archived"},
    Act.UPDATE: MALFORMED | {"message_not_found", "cant_update_message", "edit_window_closed"},
    Act.OTHER: MALFORMED
    | TOO_LATE
    | NOBODY
    | {
        "not_found", "file_not_found", "message_not_found", "thread_not_found",
        "no_such_subteam", "subteam_disabled", "subteam_not_found",
    },
}  # fmt: skip


def becomes(code: str, act: Act = Act.OTHER) -> Becomes:
    """What is to be done about Slack's word `code` for an `act`."""
    if code in AGAIN:
        return Becomes.AGAIN
    return Becomes.LOST if code in _LOST[act] else Becomes.PLACE


def too_late(code: str, messages: object) -> bool:
    """Whether a form was not opened because its trigger was too old or used, in any of Slack's wordings.

    `messages` are `response_metadata.messages` of the answer: ``["[ERROR] `trigger_id` expired [json-pointer:…]"]``.
    """
    if code in TOO_LATE:
        return True
    said = messages if isinstance(messages, list) else []
    return code == "invalid_arguments" and any("trigger_id" in str(one) for one in said)
