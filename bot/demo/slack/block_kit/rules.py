"""Small rules from which Block Kit is described; each complains in Slack's words, with a JSON pointer."""

import re
from collections.abc import Callable, Mapping
from typing import Any

Json = dict[str, Any]


class Complaints:
    """What is wrong with a payload: lines as Slack puts them into `response_metadata.messages`."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, sentence: str, path: str) -> None:
        self.lines.append(f"[ERROR] {sentence} [json-pointer:{path}]")


Rule = Callable[[Any, str, Complaints], None]
"""(value, JSON pointer, where to complain)"""


def string(most: int, least: int = 1) -> Rule:
    def rule(value: Any, path: str, complain: Complaints) -> None:
        if not isinstance(value, str):
            complain.add("must be a string", path)
        elif len(value) > most:
            complain.add(f"must be less than {most + 1} characters", path)
        elif len(value) < least:
            complain.add(f"must be more than {least - 1} characters", path)

    return rule


def pattern(expression: str, said: str) -> Rule:
    compiled = re.compile(expression)

    def rule(value: Any, path: str, complain: Complaints) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            complain.add(said, path)

    return rule


def integer(low: int, high: int) -> Rule:
    def rule(value: Any, path: str, complain: Complaints) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            complain.add("must be an integer", path)
        elif value < low:
            complain.add(f"must be greater than or equal to {low}", path)
        elif value > high:
            complain.add(f"must be less than or equal to {high}", path)

    return rule


def boolean(value: Any, path: str, complain: Complaints) -> None:
    if not isinstance(value, bool):
        complain.add("must be a boolean", path)


def anything(value: Any, path: str, complain: Complaints) -> None:
    """No rule of ours."""


def one_of(*words: str) -> Rule:
    def rule(value: Any, path: str, complain: Complaints) -> None:
        if value not in words:
            complain.add(f"must be one of: {', '.join(words)}", path)

    return rule


def items(each: Rule, *, most: int, least: int = 1) -> Rule:
    def rule(value: Any, path: str, complain: Complaints) -> None:
        if not isinstance(value, list):
            complain.add("must be an array", path)
            return
        if len(value) > most:
            complain.add(f"no more than {most} items allowed", path)
        if len(value) < least:
            complain.add(f"must have at least {least} item{'s' if least > 1 else ''}", path)
        for position, item in enumerate(value):
            each(item, f"{path}/{position}", complain)

    return rule


def thing(
    required: Mapping[str, Rule], optional: Mapping[str, Rule] = {}, *also: Callable[[Json, str, Complaints], None]
) -> Rule:
    """An object with these fields and no other; `also` are rules over the whole of it."""

    def rule(value: Any, path: str, complain: Complaints) -> None:
        if not isinstance(value, dict):
            complain.add("must provide an object", path)
            return
        for name, each in required.items():
            if value.get(name) is None:
                complain.add(f"missing required field: {name}", path)
            else:
                each(value[name], f"{path}/{name}", complain)
        for name, given in value.items():
            if name in required or given is None:
                continue
            if name in optional:
                optional[name](given, f"{path}/{name}", complain)
            else:
                complain.add(f"invalid additional property: {name}", f"{path}/{name}")
        for whole in also:
            whole(value, path, complain)

    return rule


def typed(kinds: Mapping[str, Rule]) -> Rule:
    """An object whose `type` chooses the rule."""

    def rule(value: Any, path: str, complain: Complaints) -> None:
        if not isinstance(value, dict):
            complain.add("must provide an object", path)
            return
        kind = value.get("type")
        if kind is None:
            complain.add("missing required field: type", path)
        elif kind not in kinds:
            complain.add(f"unsupported type: {kind}", f"{path}/type")
        else:
            kinds[kind](value, path, complain)

    return rule


def _text_object(most: int, least: int, kinds: tuple[str, ...]) -> Rule:
    words = string(most, least)
    plain = thing({"type": anything, "text": words}, {"emoji": boolean})
    marked = thing({"type": anything, "text": words}, {"verbatim": boolean})
    return typed({kind: plain if kind == "plain_text" else marked for kind in kinds})


def plain_text(most: int, least: int = 1) -> Rule:
    return _text_object(most, least, ("plain_text",))


def any_text(most: int, least: int = 1) -> Rule:
    return _text_object(most, least, ("plain_text", "mrkdwn"))
