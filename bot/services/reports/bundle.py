"""Evidence as it is handed out: JSON (everything), CSV (one fact a line) or text (to be read)."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import timedelta
from typing import Any, Literal

from bot.policy.typed.line import one_line
from bot.services.reports.exports import safe_cell

Style = Literal["json", "csv", "text"]
CSV_COLUMNS = ("part", "at", "who", "what", "value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Plain values, ready for JSON; times are ISO 8601 in UTC, durations seconds."""

    made_at: str
    request: Mapping[str, Any]
    plan_fits_digest: bool  # the plan in the record is the one whose digest was approved
    decisions: tuple[Mapping[str, Any], ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    put_back: Mapping[str, Any]  # what became of status and rotations, where the request ended before a removal
    conversations: tuple[Mapping[str, Any], ...]
    steps: tuple[Mapping[str, Any], ...]
    changes: tuple[Mapping[str, Any], ...]
    audit: tuple[Mapping[str, Any], ...]  # with each line's hash, to be compared with `hs-bot audit verify`
    audit_head: Mapping[str, Any]  # the newest line of the whole log: kept elsewhere, it proves that none was cut off
    seconds: Mapping[str, float | None]

    def write(self, style: Style) -> str:
        """The bundle in one of its three forms."""
        return {"json": self.to_json, "csv": self.to_csv, "text": self.to_text}[style]()

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"

    def to_csv(self) -> str:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
        writer.writerow(CSV_COLUMNS)
        for row in self._facts():
            writer.writerow([safe_cell(str(cell)) for cell in row])
        return out.getvalue()

    def to_text(self) -> str:
        """To be read. Every text is one line, so that no name or reason can add a line of its own."""
        read = replace(self, **{part.name: _on_one_line(getattr(self, part.name)) for part in fields(self)})
        return "\n".join(read._lines()) + "\n"

    # One fact a line

    def _facts(self) -> Iterator[tuple[str, str, str, str, str]]:
        for name, value in self.request.items():
            yield "request", "", "", name, _text(value)
        yield "request", "", "", "plan_fits_digest", _text(self.plan_fits_digest)
        for one in self.decisions:
            yield "decision", one["decided_at"], one["actor"], one["verdict"], one["reason"]
        for part, values in (("before", self.before), ("after", self.after), ("put back", self.put_back)):
            for name, value in values.items():
                yield part, "", "", name, _text(value)
        for step in self.steps:
            yield "step", step["started_at"], "", step["name"], f"{step['state']} {step['problem']}".strip()
            for call in step["result"].get("calls", ()):
                yield "call", "", "", f"{call['method']} {call['path']}", _answer(call)
            for answer, times in step["result"].get("answers", {}).items():
                yield "answers", "", step["name"], answer, _text(times)
        for one in self.conversations:
            yield "conversation", _text(one["moved_at"]), "", str(one["conversation_id"]), _went(one)
        for one in self.changes:
            yield "change", _text(one["seen_at"]), "", one["kind"], f"{one['field']} {one['before']} → {one['after']}"
        for one in self.audit:
            yield "audit", one["at"], one["actor"], one["event"], _text(one["details"])
        for name, value in self.seconds.items():
            yield "seconds", "", "", name, _text(value)

    # To be read

    def _lines(self) -> Iterator[str]:
        it = self.request
        yield f"Evidence of request {it['id']}: {it['kind']} {it['target_name']}"
        yield f"made {self.made_at}"
        yield ""
        yield f"State:      {it['state']}. {it['outcome']}".rstrip()
        yield f"About:      {it['target_name']} <{it['target_email']}>, Help Scout id {it['target_id']}"
        yield f"Asked by:   {_who(it['requester_name'], it['requester'])} at {it['opened_at']}"
        yield f"Why:        {it['reason']}"
        for one in self.decisions:
            verdict = "Approved by:" if one["verdict"] == "approve" else "Denied by: "
            reason = f" ({one['reason']})" if one["reason"] else ""
            yield f"{verdict} {_who(one['actor_name'], one['actor'])} at {one['decided_at']}{reason}"
        matches = "matches" if self.plan_fits_digest else "DOES NOT MATCH"
        yield f"Plan:       {it['digest']} {matches} the plan in the record"
        for name, seconds in self.seconds.items():
            if seconds is not None:
                yield f"{name.replace('_', ' ').capitalize()}: {timedelta(seconds=seconds)}"
        for title, values in (("Before", self.before), ("After", self.after), ("Put back", self.put_back)):
            if not values and title == "Put back":
                continue
            yield ""
            yield title
            yield from (f"  {name}: {_text(value)}" for name, value in values.items())
        yield ""
        yield "Steps"
        for step in self.steps:
            yield f"  {step['position']}. {step['name']}: {step['state']} {step['problem']}".rstrip()
            yield f"     {step['started_at']} to {step['finished_at'] or '…'}, attempt {step['attempts']}"
            yield from (
                f"     {call['api']} {call['method']} {call['path']}: {_answer(call)}"
                for call in step["result"].get("calls", ())
            )
            if counts := step["result"].get("answers"):
                yield f"     in all: {', '.join(f'{times} × {answer}' for answer, times in counts.items())}"
        if self.conversations:
            yield ""
            yield f"Conversations ({len(self.conversations)})"
            yield from (f"  {one['conversation_id']}: {_went(one)}" for one in self.conversations)
        yield ""
        yield "Audit log"
        for one in self.audit:
            yield f"  {one['seq']} {one['at']} {one['event']} by {one['actor'] or '?'} {_text(one['details'])}".rstrip()
            yield f"     {one['hash']}"
        yield f"The log's newest line then: {self.audit_head['seq']}:{self.audit_head['hash']}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEvidence:
    """A batch, and the evidence of each person in it."""

    batch: Mapping[str, Any]
    seal_holds: bool  # who is in it is as it was sealed when it was asked for
    people: tuple[Evidence, ...]
    audit: tuple[Mapping[str, Any], ...]

    def write(self, style: Style) -> str:
        """In one of its three forms; each person's part is what their own evidence is."""
        if style == "json":
            return json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"
        if style == "csv":
            out = io.StringIO()
            writer = csv.writer(out, lineterminator="\r\n")
            writer.writerow(("request", *CSV_COLUMNS))
            for one in self.people:
                for row in one._facts():
                    writer.writerow([safe_cell(str(cell)) for cell in (one.request["id"], *row)])
            return out.getvalue()
        it = {name: _on_one_line(value) for name, value in self.batch.items()}
        counts = Counter(str(one.request["state"]) for one in self.people)
        lines = [
            f"Evidence of batch {it['id']}: {len(self.people)} people",
            f"Asked by:   {_who(it['requester_name'], it['requester'])} at {it['opened_at']}",
            f"Why:        {it['reason']}",
            f"Results:    {', '.join(f'{count} {state}' for state, count in counts.items())}",
            f"Who is in it {'is' if self.seal_holds else 'IS NOT'} as it was sealed when it was asked for.",
            *(f"Left out:   line {one['number']}, {one['text']}: {one['why']}" for one in it["left_out"]),
            *(f"Audit log:  {one['seq']} {one['at']} {one['event']} by {one['actor'] or '?'}" for one in self.audit),
        ]
        return "\n".join(lines) + "\n\n" + "\n\n".join(one.to_text() for one in self.people)


def _on_one_line(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {one_line(key): _on_one_line(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_on_one_line(one) for one in value)
    return one_line(value) if isinstance(value, str) else value


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _answer(call: Mapping[str, Any]) -> str:
    status = call["status"] if call["status"] is not None else "no answer"
    reference = f", reference {call['correlation']}" if call["correlation"] else ""
    return f"{status} after {call['milliseconds']:.0f} ms{reference}"


def _went(one: Mapping[str, Any]) -> str:
    to = "nobody" if one["to_user"] is None else f"user {one['to_user']}"
    note = f" ({one['note']})" if one["note"] else ""
    return f"user {one['from_user']} → {to}, {one['state']}{note}"


def _who(name: str, id: str) -> str:
    return f"{name} ({id})" if name else id
