"""Every variable of the README's table: field, default, description and a right example of each."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr

from bot.config.source_values import CsvPlace, Host, Roles, SourceNames
from bot.config.urls import Database, Url
from bot.config.values import (
    AppToken,
    BotToken,
    Channel,
    Cost,
    Count,
    Domains,
    Emails,
    GateTokens,
    SealKeys,
    Share,
    SlackIds,
    SlackPerson,
    Span,
    Token,
    Weekly,
    Whole,
    Zone,
    gate_tokens,
    seal_keys,
)
from bot.policy.requests.seal import Seals
from bot.policy.typed.place import passwords
from bot.policy.typed.schedule import WeeklyTime


class Settings(BaseModel):
    """Field descriptions are the README's table of variables; a test holds the two together."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    slack_bot_token: BotToken | None = Field(
        None,
        validation_alias="SLACK_BOT_TOKEN",
        examples=["xoxb-…"],
        description="`xoxb-…`, from *OAuth & Permissions*",
    )
    slack_app_token: AppToken | None = Field(
        None,
        validation_alias="SLACK_APP_TOKEN",
        examples=["xapp-…"],
        description="`xapp-…` with `connections:write`: Socket Mode",
    )
    slack_signing_secret: Token | None = Field(
        None, validation_alias="SLACK_SIGNING_SECRET", description="HTTP mode, `POST /slack/events` on `PORT`"
    )
    helpscout_app_id: Token | None = Field(
        None, validation_alias="HELPSCOUT_APP_ID", description="OAuth2 client credentials of a Help Scout app"
    )
    helpscout_app_secret: Token | None = Field(
        None, validation_alias="HELPSCOUT_APP_SECRET", description="the secret that belongs to it"
    )
    helpscout_scim_token: Token | None = Field(
        None,
        validation_alias="HELPSCOUT_SCIM_TOKEN",
        description="for writing over SCIM; without it over REST, or by hand",
    )
    channel: Channel = Field(
        "",
        validation_alias="HS_BOT_CHANNEL",
        examples=["C0123456789"],
        description="id of the channel for cards and notices",
    )
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
    database: Database = Field(
        "hs-bot.db",
        validation_alias=AliasChoices("HS_BOT_DATABASE", "DATABASE_URL"),
        examples=["/data/hs-bot.db"],
        description="path, or a `postgresql://` URL; `DATABASE_URL` is taken when it is unset",
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
        1, validation_alias="HS_BOT_QUORUM", examples=["1"], description="approvals that a request needs"
    )
    admin_quorum: Count = Field(
        2, validation_alias="HS_BOT_ADMIN_QUORUM", examples=["2"], description="approvals when the target is an admin"
    )
    approval_ttl: Span = Field(
        timedelta(hours=24),
        validation_alias="HS_BOT_APPROVAL_TTL",
        examples=["24h"],
        description="a pending request expires after this: `90s`, `15m`, `24h`, `7d`",
    )
    execution_ttl: Span = Field(
        timedelta(hours=4),
        validation_alias="HS_BOT_EXECUTION_TTL",
        examples=["4h"],
        description="an approved one must start within this after its time",
    )
    sync_interval: Span = Field(
        timedelta(minutes=15),
        validation_alias="HS_BOT_SYNC_INTERVAL",
        examples=["15m"],
        description="time between two syncs",
    )
    removal_guard: Share = Field(
        0.10,
        validation_alias="HS_BOT_REMOVAL_GUARD",
        examples=["10%"],
        description="when more than this share (and over 5 people) are missing at once, an approver is asked first",
    )
    notify: Literal["mention", "dm", "off"] = Field(
        "mention",
        validation_alias="HS_BOT_NOTIFY",
        examples=["mention"],
        description="how approvers learn of a request: `mention` on its card, `dm`: a direct message each, or `off`",
    )
    tell_manager: Literal["on", "off"] = Field(
        "off",
        validation_alias="HS_BOT_TELL_MANAGER",
        examples=["on"],
        description="`on`: somebody's manager, as a source names them, gets a direct message when the seat is gone",
    )
    max_per_hour: Count = Field(
        10,
        validation_alias="HS_BOT_MAX_PER_HOUR",
        examples=["10"],
        description="removals that may start in an hour; the rest wait",
    )
    writes: Literal["auto", "scim", "rest", "hand"] = Field(
        "auto",
        validation_alias="HS_BOT_WRITES",
        examples=["auto"],
        description="how Help Scout is written: `auto` finds out; or only `scim`, `rest`, or `hand` (people do it)",
    )
    hand_reminder: Span = Field(
        timedelta(hours=24),
        validation_alias="HS_BOT_HAND_REMINDER",
        examples=["24h"],
        description="time between two reminders of what a person has to do in Help Scout by hand",
    )
    deprovision: Literal["delete", "deactivate"] = Field(
        "delete",
        validation_alias="HS_BOT_DEPROVISION",
        examples=["delete"],
        description="over SCIM: `DELETE`, or `deactivate`: `active=false`",
    )
    scheduled_replies: Literal["draft", "keep"] = Field(
        "draft",
        validation_alias="HS_BOT_SCHEDULED_REPLIES",
        examples=["draft"],
        description="a leaver's scheduled replies become a `draft`, or `keep`: they go out, and are named",
    )
    provision_approval: Literal["admins", "always"] = Field(
        "admins", validation_alias="HS_BOT_PROVISION_APPROVAL", examples=["admins"], description="`admins`, or `always`"
    )
    rate_limit: Annotated[Whole, Field(ge=10)] = Field(
        400,
        validation_alias="HS_BOT_RATE_LIMIT",
        examples=["400"],
        description="Help Scout requests a minute, as the plan allows (Standard 200, Plus 400, Pro 800)",
    )
    timezone: Zone = Field(
        "UTC", validation_alias="HS_BOT_TIMEZONE", examples=["Europe/Vienna"], description="for `at:` without a zone"
    )
    log: Literal["text", "json"] = Field(
        "text", validation_alias="HS_BOT_LOG", examples=["json"], description="`text`, or `json`"
    )
    seat_cost: Cost | None = Field(
        None,
        validation_alias="HS_BOT_SEAT_COST",
        examples=["55 USD"],
        description="per seat and month, with currency: `55 USD`; shown with orphans",
    )
    orphan_digest: Annotated[WeeklyTime, Weekly] | None = Field(
        None,
        validation_alias="HS_BOT_ORPHAN_DIGEST",
        examples=["monday 09:00"],
        description="`monday 09:00`: weekly digest to the channel",
    )
    end_notice: Span = Field(
        timedelta(days=3),
        validation_alias="HS_BOT_END_NOTICE",
        examples=["3d"],
        description="so long before a seat ends a request is opened about it",
    )
    cli_requester: SlackPerson = Field(
        "",
        validation_alias="HS_BOT_CLI_REQUESTER",
        examples=["U0123456789"],
        description="Slack id in whose name `hs-bot offboard` may ask; unset: it asks for nobody",
    )
    sources: SourceNames = Field(
        ("slack",),
        validation_alias="HS_BOT_SOURCES",
        examples=["slack"],
        description="who works here: any of `slack`, `csv`, `okta`, `entra`, `google`, `gate`, separated by commas",
    )
    sources_interval: Span = Field(
        timedelta(hours=1),
        validation_alias="HS_BOT_SOURCES_INTERVAL",
        examples=["1h"],
        description="time between two readings of the sources",
    )
    csv: CsvPlace = Field(
        "",
        validation_alias="HS_BOT_CSV",
        examples=["/data/people.csv"],
        description="`csv`: path or https URL: `email`; optional `name`, `status`, `role`, `manager`, `groups`",
    )
    csv_group: str = Field(
        "", validation_alias="HS_BOT_CSV_GROUP", examples=["Support"], description="`csv`: only this group has seats"
    )
    okta_url: Annotated[Url, Host] = Field(
        "",
        validation_alias="OKTA_URL",
        examples=["https://acme.okta.com"],
        description="`okta`: your organization's address",
    )
    okta_token: Token | None = Field(
        None, validation_alias="OKTA_TOKEN", description="`okta`: API token of a read-only administrator"
    )
    okta_group: str = Field(
        "",
        validation_alias="OKTA_GROUP",
        examples=["Help Scout"],
        description="`okta`: id or name of the group with seats",
    )
    entra_tenant_id: Token | None = Field(
        None, validation_alias="ENTRA_TENANT_ID", description="`entra`: directory (tenant) id"
    )
    entra_client_id: Token | None = Field(
        None, validation_alias="ENTRA_CLIENT_ID", description="`entra`: application (client) id"
    )
    entra_client_secret: Token | None = Field(
        None, validation_alias="ENTRA_CLIENT_SECRET", description="`entra`: client secret of that app"
    )
    entra_group: str = Field(
        "",
        validation_alias="ENTRA_GROUP",
        examples=["Help Scout"],
        description="`entra`: id or name of the group with seats, inner groups included",
    )
    entra_login_url: Url = Field(
        "https://login.microsoftonline.com",
        validation_alias="ENTRA_LOGIN_URL",
        examples=["https://login.microsoftonline.com"],
        description="`entra`: another cloud's sign-in",
    )
    entra_graph_url: Url = Field(
        "https://graph.microsoft.com",
        validation_alias="ENTRA_GRAPH_URL",
        examples=["https://graph.microsoft.com"],
        description="`entra`: another cloud's Graph",
    )
    google_credentials_file: str = Field(
        "",
        validation_alias="GOOGLE_CREDENTIALS_FILE",
        examples=["/run/secrets/google.json"],
        description="`google`: the service account's key file",
    )
    google_admin: str = Field(
        "",
        validation_alias="GOOGLE_ADMIN",
        examples=["admin@acme.example"],
        description="`google`: the administrator whose rights it borrows",
    )
    google_group: str = Field(
        "",
        validation_alias="GOOGLE_GROUP",
        examples=["helpscout@acme.example"],
        description="`google`: address of the group with seats, inner groups included",
    )
    google_directory_url: Url = Field(
        "https://admin.googleapis.com",
        validation_alias="GOOGLE_DIRECTORY_URL",
        examples=["https://admin.googleapis.com"],
        description="`google`: the Admin SDK's host",
    )
    roles: Roles = Field(
        default_factory=dict,
        validation_alias="HS_BOT_ROLES",
        examples=["Support leads=admin,Contractors=light user"],
        description="roles by group of the sources: `group=role`, separated by commas",
    )
    dormant: Span = Field(
        timedelta(days=90),
        validation_alias="HS_BOT_DORMANT",
        examples=["90d"],
        description="a seat that is away, or without a change of status, for so long is shown as dormant: a hint",
    )
    sla: Span = Field(
        timedelta(hours=24),
        validation_alias="HS_BOT_SLA",
        examples=["24h"],
        description="how soon after somebody's last day their seat must be gone, for `hs-bot population`",
    )
    seal_key: SealKeys | None = Field(
        None,
        validation_alias="HS_BOT_SEAL_KEY",
        description="keys of the seals, separated by commas, the newest first; unset: made from `HELPSCOUT_APP_SECRET`",
    )
    gate_tokens: GateTokens | None = Field(
        None,
        validation_alias="HS_BOT_GATE_TOKENS",
        description="`name:token`, separated by commas: identity providers that may push people over SCIM, at "
        "`/scim/v2` on `PORT`",
    )
    webhook_secret: SecretStr | None = Field(
        None, validation_alias="HELPSCOUT_WEBHOOK_SECRET", description="HTTP mode, `POST /helpscout/webhook`"
    )
    host: str = Field(
        "0.0.0.0",
        validation_alias="HS_BOT_HOST",
        examples=["127.0.0.1"],
        description="HTTP mode: the address to listen on",
    )
    metrics_token: SecretStr | None = Field(
        None,
        validation_alias="HS_BOT_METRICS_TOKEN",
        description="bearer token for `/metrics` and the details of `/healthz`; unset: loopback only",
    )
    port: Annotated[Whole, Field(ge=0, le=65535)] = Field(
        3000,
        validation_alias="PORT",
        examples=["3000"],
        description="HTTP mode; set with Socket Mode, `/healthz` and `/metrics` are served there too",
    )
    api_url: Url = Field(
        "https://api.helpscout.net/v2",
        validation_alias="HELPSCOUT_API_URL",
        examples=["https://api.helpscout.net/v2"],
        description="Help Scout's REST API",
    )
    scim_url: Url = Field(
        default_factory=lambda given: f"{given.get('api_url', '').rstrip('/')}/scim",
        validation_alias="HELPSCOUT_SCIM_URL",
        examples=["https://api.helpscout.net/v2/scim"],
        description="unset: `$HELPSCOUT_API_URL/scim`",
    )
    token_url: Url | None = Field(
        None,
        validation_alias="HELPSCOUT_TOKEN_URL",
        examples=["https://api.helpscout.net/v2/oauth2/token"],
        description="unset: `$HELPSCOUT_API_URL/auth/token`, and `/oauth2/token` where that answers 404",
    )
    slack_api_url: Url = Field(
        "https://slack.com/api/",
        validation_alias="SLACK_API_URL",
        examples=["https://slack.com/api/"],
        description="Slack's Web API",
    )

    @property
    def seals(self) -> Seals | None:
        """What requests, votes and the audit log are sealed with; None when there is no secret to derive it from."""
        if self.seal_key is not None:
            return Seals(seal_keys(self.seal_key))
        secret = self.helpscout_app_secret
        return Seals((secret.get_secret_value(),)) if secret is not None else None

    @property
    def gate(self) -> tuple[tuple[str, str], ...]:
        """(name, token) of every identity provider that may push; several tokens may have one name."""
        return gate_tokens(self.gate_tokens) if self.gate_tokens is not None else ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be printed, for the log to blot out."""
        found = [value.get_secret_value() for _, value in self if isinstance(value, SecretStr)]
        keys = seal_keys(self.seal_key) if self.seal_key else ()
        gate = [token for _, token in self.gate]
        return tuple(secret for secret in (*found, *keys, *gate, *passwords(self.database)) if secret)


def _variable(alias: object) -> str:
    return str(alias.choices[0] if isinstance(alias, AliasChoices) else alias)


VARIABLES: Mapping[str, str] = {_variable(f.validation_alias): name for name, f in Settings.model_fields.items()}
"""Environment variable → field, in the order of the README."""

ALSO: Mapping[str, str] = {"DATABASE_URL": "HS_BOT_DATABASE"}
"""A variable that is taken when another is unset → that other."""


def _holds_secret(name: str) -> bool:
    return name == "database" or "SecretStr" in str(Settings.model_fields[name].annotation)


SECRET: frozenset[str] = frozenset(v for v, name in VARIABLES.items() if _holds_secret(name)) | ALSO.keys()
"""Variables whose value is a secret, or may have one in it: they can come from a file, and are never shown."""

EXAMPLES: Mapping[str, str] = {
    variable: str(examples[0])
    for variable, name in VARIABLES.items()
    if (examples := Settings.model_fields[name].examples)
}
"""Environment variable → a value that is right, where one can be shown."""
