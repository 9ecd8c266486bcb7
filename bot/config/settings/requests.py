"""Who may ask and approve, for how long that holds, and what needs it."""

from typing import Literal

from pydantic import BaseModel, Field

from bot.config.values import Count, Domains, Emails, SlackIds, SlackPerson, Span
from bot.services.requests.terms import Terms

DEFAULTS = Terms()


class RequestSettings(BaseModel):
    approvers: SlackIds = Field(
        (),
        validation_alias="HS_BOT_APPROVERS",
        examples=["U0123456789,S0123456789"],
        description="ids of people (`U…`) and user groups (`S…`), mixed; without it no request can be opened",
    )
    requesters: SlackIds = Field(
        (),
        validation_alias="HS_BOT_REQUESTERS",
        examples=["U0123456789,S0123456789"],
        description="who may open requests; unset: every full member",
    )
    protected: Emails = Field(
        frozenset(),
        validation_alias="HS_BOT_PROTECTED",
        examples=["ceo@acme.example,cfo@acme.example"],
        description="e-mails that can't be offboarded",
    )
    domains: Domains = Field(
        frozenset(),
        validation_alias="HS_BOT_DOMAINS",
        examples=["acme.example,acme.org"],
        description="e-mail domains that a seat may have without approval; unset: those of people who have one",
    )
    quorum: Count = Field(
        DEFAULTS.quorum, validation_alias="HS_BOT_QUORUM", examples=["1"], description="approvals that a request needs"
    )
    admin_quorum: Count = Field(
        DEFAULTS.admin_quorum,
        validation_alias="HS_BOT_ADMIN_QUORUM",
        examples=["2"],
        description="approvals when the target is an admin",
    )
    approval_ttl: Span = Field(
        DEFAULTS.approval_ttl,
        validation_alias="HS_BOT_APPROVAL_TTL",
        examples=["24h"],
        description="a pending request expires after this: `90s`, `15m`, `24h`, `7d`",
    )
    execution_ttl: Span = Field(
        DEFAULTS.execution_ttl,
        validation_alias="HS_BOT_EXECUTION_TTL",
        examples=["4h"],
        description="an approved one must start within this after its time",
    )
    provision_approval: Literal["admins", "always"] = Field(
        DEFAULTS.provision_approval,
        validation_alias="HS_BOT_PROVISION_APPROVAL",
        examples=["admins"],
        description="`admins`, or `always`",
    )
    max_per_hour: Count = Field(
        DEFAULTS.max_per_hour,
        validation_alias="HS_BOT_MAX_PER_HOUR",
        examples=["10"],
        description="removals that may start in an hour; the rest wait",
    )
    cli_requester: SlackPerson = Field(
        "",
        validation_alias="HS_BOT_CLI_REQUESTER",
        examples=["U0123456789"],
        description="Slack id in whose name `hs-bot offboard` may ask; unset: it asks for nobody",
    )
