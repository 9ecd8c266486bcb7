"""One log for everything, structlog and the standard library alike: text for people, or JSON for machines.

Secrets are blotted out of every line, whoever wrote it.
"""

import logging
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any, Literal

import structlog

from bot.policy.typed.line import one_line

_BLOT = "•••"


class _Blotter:
    """Replaces each known secret in a rendered line. The last processor, so that nothing comes after it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({s for s in secrets if len(s) >= 6}, key=len, reverse=True)

    def __call__(self, _logger: Any, _name: str, line: Any) -> str:
        text = str(line)
        for secret in self._secrets:
            text = text.replace(secret, _BLOT)
        return text


def _one_line_each(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Names and reasons come from other people: none may begin a line of its own, or move the terminal."""
    return {name: one_line(value) if isinstance(value, str) else value for name, value in event.items()}


def configure(style: Literal["text", "json"], *, secrets: Iterable[str] = (), level: int = logging.INFO) -> None:
    """Send the root logger to standard error. Tracebacks go to DEBUG only: people get sentences."""
    blot = _Blotter(secrets)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _one_line_each,
        structlog.processors.format_exc_info,
    ]
    final: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, final, blot],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "apscheduler", "waitress", "slack_bolt", "slack_sdk", "urllib3", "nicegui"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
