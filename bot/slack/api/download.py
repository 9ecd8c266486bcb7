"""A file that somebody has uploaded to Slack, read with the bot's token; a refusal is a sentence for who uploaded it.

Source: docs.slack.dev, "File object": `url_private_download` with the token as Bearer, under the scope files:read.
Without that scope Slack answers 200 or 302 with its sign-in page. The token goes to Slack's hosts alone.
"""

import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from slack_sdk import WebClient

from bot.helpscout.wire.surroundings import BadSurroundings, certificates, ways_out
from bot.model.problem import Problem
from bot.slack.api.web import call

FILES = re.compile(r"(?:[a-z0-9-]+\.)*slack(?:-files|-gov)?\.com")
"""Hosts from which Slack serves files."""
TIMEOUT = 10.0
LONGEST = 60.0
"""Seconds for one attempt, however slowly it trickles in."""
PAUSES = (0.0, 1.0, 3.0)
_LIMITS = httpx.Limits(max_connections=2)


class NoFile(Problem):
    """What was uploaded can't be read."""


class NotPermitted(NoFile):
    """The app lacks files:read."""

    def __init__(self) -> None:
        super().__init__(
            "hs-bot isn't allowed to read files in Slack, so I couldn't open yours. Ask the people who run hs-bot to "
            "add the permission files:read to its Slack app and install it again."
        )


def read_file(
    client: WebClient, file: Mapping[str, Any], *, most: int, sleep: Callable[[float], None] = time.sleep
) -> bytes:
    """The content of `file` (a file object of an event), at most `most` bytes.

    Raises `NoFile` and `SlackFault`. For the worker: it may take some seconds.
    """
    if file.get("file_access") == "check_file_info":  # of a shared conversation: the event has only the id
        answer = call("files.info", lambda: client.files_info(file=str(file.get("id") or "")))
        file = answer.get("file") or {}
    size = file.get("size")
    if isinstance(size, int) and size > most:
        raise _too_large(most)
    url = str(file.get("url_private_download") or file.get("url_private") or "")
    if file.get("is_external") is True or file.get("mode") == "external" or not is_slacks(url, client.base_url):
        raise NoFile("That file isn't stored in Slack, so I can't open it. Upload the CSV itself.")
    try:
        trust = certificates()
        mounts = ways_out((url,), trust, _LIMITS)
    except BadSurroundings as bad:
        raise NoFile(f"I couldn't open the file. {bad.sentence}") from None
    headers = {"Authorization": f"Bearer {client.token}", "User-Agent": "hs-bot"}
    with httpx.Client(
        verify=trust, mounts=mounts, trust_env=False, limits=_LIMITS, timeout=TIMEOUT, headers=headers
    ) as web:
        for pause in PAUSES:
            sleep(pause)
            if (content := _tried(web, url, most)) is not None:
                return content
    raise NoFile("Slack didn't hand over the file. Nothing was done. Upload it again in a moment.")


def is_slacks(url: str, base_url: str) -> bool:
    """Whether a file's address is one of Slack's, or on the Web API's own host as configured."""
    try:
        parts, own = urlsplit(url), urlsplit(base_url)
        if parts.scheme == "https" and FILES.fullmatch(parts.hostname or ""):
            return parts.port in (None, 443)
    except ValueError:
        return False
    return bool(parts.netloc) and (parts.scheme, parts.netloc) == (own.scheme, own.netloc)


def _tried(web: httpx.Client, url: str, most: int) -> bytes | None:
    """None: worth another try."""
    content, ends = bytearray(), time.monotonic() + LONGEST
    try:
        with web.stream("GET", url) as answer:
            if answer.is_redirect:  # to the sign-in page
                raise NotPermitted
            if answer.status_code in (401, 403):
                raise NotPermitted
            if answer.status_code in (404, 410):
                raise NoFile("Slack doesn't have that file anymore. Upload it again.")
            if answer.status_code != 200:
                return None
            for part in answer.iter_bytes():
                content += part
                if len(content) > most:
                    raise _too_large(most)
                if time.monotonic() > ends:
                    return None
    except httpx.HTTPError:
        return None
    if content[:100].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise NotPermitted
    return bytes(content)


def _too_large(most: int) -> NoFile:
    return NoFile(f"That file is larger than {most >> 20} MB, so I didn't open it. Split the list into several files.")
