"""The account: how hs-bot authenticates, how it writes, and how often it may call."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr

from bot.config.urls import Url
from bot.config.values import Span, Token, Whole
from bot.services.requests.terms import Terms

DEFAULTS = Terms()


class HelpScoutSettings(BaseModel):
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
    webhook_secret: SecretStr | None = Field(
        None, validation_alias="HELPSCOUT_WEBHOOK_SECRET", description="HTTP mode, `POST /helpscout/webhook`"
    )
    writes: Literal["auto", "scim", "rest", "hand"] = Field(
        DEFAULTS.writes,
        validation_alias="HS_BOT_WRITES",
        examples=["auto"],
        description="how Help Scout is written: `auto` finds out; or only `scim`, `rest`, or `hand` (people do it)",
    )
    deprovision: Literal["delete", "deactivate"] = Field(
        DEFAULTS.deprovision,
        validation_alias="HS_BOT_DEPROVISION",
        examples=["delete"],
        description="over SCIM: `DELETE`, or `deactivate`: `active=false`",
    )
    scheduled_replies: Literal["draft", "keep"] = Field(
        DEFAULTS.scheduled_replies,
        validation_alias="HS_BOT_SCHEDULED_REPLIES",
        examples=["draft"],
        description="a leaver's scheduled replies become a `draft`, or `keep`: they go out, and are named",
    )
    hand_reminder: Span = Field(
        DEFAULTS.hand_reminder,
        validation_alias="HS_BOT_HAND_REMINDER",
        examples=["24h"],
        description="time between two reminders of what a person has to do in Help Scout by hand",
    )
    rate_limit: Annotated[Whole, Field(ge=10)] = Field(
        400,
        validation_alias="HS_BOT_RATE_LIMIT",
        examples=["400"],
        description="Help Scout requests a minute, as the plan allows (Standard 200, Plus 400, Pro 800)",
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
