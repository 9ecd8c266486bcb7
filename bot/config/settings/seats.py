"""What is said about seats: their cost, their end, which look dormant, how late one may be given back."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from bot.config.values import Cost, Span, Weekly
from bot.policy.typed.schedule import WeeklyTime


class SeatSettings(BaseModel):
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
