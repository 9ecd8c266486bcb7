"""The ways of writing to Help Scout, of which an account has one or more."""

from enum import StrEnum


class Way(StrEnum):
    SCIM = "scim"
    REST = "rest"
    HAND = "hand"  # a person does it in Help Scout


CALLED = {
    Way.SCIM: "over SCIM",
    Way.REST: "over Help Scout's REST API",
    Way.HAND: "by hand, in Help Scout",
}
"""In a sentence."""
