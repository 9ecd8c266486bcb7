"""Whatever can't be answered, as RFC 7644 §3.12 wants it said."""

from typing import Any

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class Fault(Exception):
    """`status` is HTTP's; `kind` the scimType, "" for none; `detail` a sentence."""

    def __init__(self, status: int, detail: str, kind: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = {"schemas": [ERROR], "status": str(self.status), "detail": self.detail}
        return found | ({"scimType": self.kind} if self.kind else {})


def bad_value(detail: str) -> Fault:
    return Fault(400, detail, "invalidValue")


def bad_syntax(detail: str) -> Fault:
    return Fault(400, detail, "invalidSyntax")


def not_there(what: str = "resource") -> Fault:
    return Fault(404, f"There is no such {what}.")
