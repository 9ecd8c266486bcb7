"""The record: where it is, how it is brought up to date, and what it is sealed with."""

from datetime import timedelta

from pydantic import AliasChoices, BaseModel, Field

from bot.config.urls import Database
from bot.config.values import SealKeys, Share, Span


class RecordSettings(BaseModel):
    database: Database = Field(
        "hs-bot.db",
        validation_alias=AliasChoices("HS_BOT_DATABASE", "DATABASE_URL"),
        examples=["/data/hs-bot.db"],
        description="path, or a `postgresql://` URL; `DATABASE_URL` is taken when it is unset",
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
    seal_key: SealKeys | None = Field(
        None,
        validation_alias="HS_BOT_SEAL_KEY",
        description="keys of the seals, separated by commas, the newest first; unset: made from `HELPSCOUT_APP_SECRET`",
    )
