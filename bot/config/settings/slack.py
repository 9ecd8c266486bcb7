"""The workspace: how hs-bot authenticates, and where its cards go."""

from typing import Literal

from pydantic import BaseModel, Field

from bot.config.urls import Url
from bot.config.values import AppToken, BotToken, Channel, Token


class SlackSettings(BaseModel):
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
    channel: Channel = Field(
        "",
        validation_alias="HS_BOT_CHANNEL",
        examples=["C0123456789"],
        description="id of the channel for cards and notices",
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
    slack_api_url: Url = Field(
        "https://slack.com/api/",
        validation_alias="SLACK_API_URL",
        examples=["https://slack.com/api/"],
        description="Slack's Web API",
    )
