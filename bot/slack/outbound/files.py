"""Files to the caller's direct message: an ephemeral answer can carry none."""

from bot.slack.api.web import call
from bot.slack.handling.deps import Deps

SENT = "It is in your direct messages with hs-bot."


def send(deps: Deps, member: str, *, name: str, content: bytes, title: str, comment: str = "", alt: str = "") -> None:
    """Upload `content` into the direct message with `member`. For the worker. Raises a `SlackFault`.

    Source: Slack, "Working with files": files.getUploadURLExternal, the upload, files.completeUploadExternal.
    """
    opened = call("conversations.open", lambda: deps.client.conversations_open(users=member))
    channel = str(opened["channel"]["id"])
    call(
        "files.completeUploadExternal",
        lambda: deps.client.files_upload_v2(
            channel=channel,
            filename=name,
            content=content,
            title=title,
            initial_comment=comment or None,
            alt_txt=alt or None,
        ),
    )
