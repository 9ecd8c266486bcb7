"""Errors as types: every exception of httpx and every status has its place, and none gives a secret away."""

import inspect

import httpx
import pytest

from bot.helpscout.errors import (
    MAPPED,
    NOT_SENT,
    Conflict,
    Forbidden,
    HelpScoutError,
    LostAnswer,
    NotFound,
    RateLimited,
    Rejected,
    ServerFault,
    Unauthorized,
    Unbelievable,
    Unreachable,
    detail_of,
    from_httpx,
    from_status,
)
from bot.model.problem import Problem


def everything_httpx_raises() -> list[type[Exception]]:
    kinds = [
        kind for name in httpx.__all__ if inspect.isclass(kind := getattr(httpx, name)) and issubclass(kind, Exception)
    ]
    assert len(kinds) > 20, "httpx names its exceptions elsewhere now"
    return kinds


def instance(kind: type[Exception]) -> Exception:
    if kind is httpx.HTTPStatusError:
        request = httpx.Request("GET", "http://x")
        return httpx.HTTPStatusError("bad", request=request, response=httpx.Response(500, request=request))
    takes_nothing = issubclass(kind, httpx.StreamError) and kind is not httpx.StreamError
    return kind() if takes_nothing else kind("reason")


@pytest.mark.parametrize("kind", everything_httpx_raises())
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_no_exception_of_httpx_is_unmapped(kind: type[Exception], method: str) -> None:
    assert issubclass(kind, MAPPED), f"{kind.__name__} would escape as it is"
    error = from_httpx(instance(kind), api="REST", method=method, where="https://api.example")
    assert isinstance(error, HelpScoutError)
    assert error.sentence.endswith((".", "!"))


@pytest.mark.parametrize("kind", NOT_SENT)
def test_what_was_never_sent_is_unreachable_and_has_no_effect(kind: type[Exception]) -> None:
    error = from_httpx(instance(kind), api="SCIM", method="DELETE", where="https://api.example")
    assert isinstance(error, Unreachable)
    assert not error.unsettled


@pytest.mark.parametrize(
    "kind", [httpx.ReadTimeout, httpx.WriteTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError]
)
def test_a_lost_answer_is_unsettled_for_a_write_and_harmless_for_a_read(kind: type[Exception]) -> None:
    write = from_httpx(instance(kind), api="SCIM", method="DELETE", where="https://api.example")
    assert isinstance(write, LostAnswer)
    assert write.unsettled
    read = from_httpx(instance(kind), api="REST", method="GET", where="https://api.example")
    assert isinstance(read, Unreachable)
    assert not read.unsettled


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, Rejected),
        (400, Rejected),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (405, Rejected),
        (409, Conflict),
        (412, Rejected),
        (413, Rejected),
        (415, Rejected),
        (418, Rejected),
        (429, RateLimited),
        (500, ServerFault),
        (502, ServerFault),
        (503, ServerFault),
        (599, ServerFault),
    ],
)
def test_every_status_has_its_type_and_a_sentence(status: int, kind: type[HelpScoutError]) -> None:
    error = from_status(status, {}, api="REST", method="GET", what="user 7", log_ref="ref-1")
    assert type(error) is kind
    assert (error.status, error.log_ref, error.api) == (status, "ref-1", "REST")
    assert "user 7" in error.sentence
    assert isinstance(error, Problem)


def test_a_server_fault_leaves_a_write_unsettled() -> None:
    assert from_status(502, {}, api="SCIM", method="DELETE", what="removing", log_ref="").unsettled
    assert not from_status(502, {}, api="SCIM", method="GET", what="reading", log_ref="").unsettled
    assert not from_status(404, {}, api="SCIM", method="DELETE", what="removing", log_ref="").unsettled


@pytest.mark.parametrize("status", [401, 403])
def test_scim_s_refusal_says_where_to_make_a_new_token(status: int) -> None:
    error = from_status(status, {}, api="SCIM", method="GET", what="the list", log_ref="")
    assert "SCIM refused the token" in error.sentence
    assert "a new token under Admin > Authentication" in error.sentence or (
        "make a new one under Admin > Authentication" in error.sentence
    )


def test_the_three_error_formats_become_the_server_s_own_words() -> None:
    hal = {
        "logRef": "1",
        "message": "Bad request",
        "_embedded": {"errors": [{"path": "email", "message": "must be an address", "rejectedValue": "jane@secret"}]},
    }
    assert detail_of(hal) == "Bad request; email: must be an address"
    assert detail_of({"schemas": [], "status": "409", "scimType": "uniqueness", "detail": "taken"}) == "taken"
    assert detail_of({"error": "invalid_client", "error_description": "unknown app"}) == "unknown app"
    assert detail_of({"error": "invalid_client"}) == "invalid_client"
    assert detail_of({"message": ["not", "text"], "_embedded": 7}) == ""


def test_a_server_s_words_are_one_line_and_not_endless() -> None:
    assert len(detail_of({"message": "a\nb " * 1000})) == 300
    assert "\n" not in detail_of({"message": "a\nb"})


def test_scim_s_keyword_is_kept() -> None:
    error = from_status(409, {"scimType": "uniqueness"}, api="SCIM", method="POST", what="creating", log_ref="")
    assert error.scim_type == "uniqueness"


def test_an_address_with_a_password_is_not_shown(make_client, raw) -> None:  # type: ignore[no-untyped-def]
    client = make_client("http://user:hidden@127.0.0.1:9/v2", timeout=0.5)
    with pytest.raises(Unreachable) as caught:
        client.rest.me()
    assert "hidden" not in str(caught.value)
    assert "127.0.0.1:9" in str(caught.value)


def test_unbelievable_is_settled_for_reads_only() -> None:
    error = from_httpx(httpx.DecodingError("bad gzip"), api="SCIM", method="POST", where="https://api.example")
    assert isinstance(error, Unbelievable)
    assert error.unsettled
