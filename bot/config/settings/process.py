"""The process: where it listens, what it logs, and its time zone."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr

from bot.config.values import Whole, Zone


class ProcessSettings(BaseModel):
    host: str = Field(
        "0.0.0.0",
        validation_alias="HS_BOT_HOST",
        examples=["127.0.0.1"],
        description="HTTP mode: the address to listen on",
    )
    port: Annotated[Whole, Field(ge=0, le=65535)] = Field(
        3000,
        validation_alias="PORT",
        examples=["3000"],
        description="HTTP mode; set with Socket Mode, `/healthz` and `/metrics` are served there too",
    )
    metrics_token: SecretStr | None = Field(
        None,
        validation_alias="HS_BOT_METRICS_TOKEN",
        description="bearer token for `/metrics` and the details of `/healthz`; unset: loopback only",
    )
    timezone: Zone = Field(
        "UTC", validation_alias="HS_BOT_TIMEZONE", examples=["Europe/Vienna"], description="for `at:` without a zone"
    )
    log: Literal["text", "json"] = Field(
        "text", validation_alias="HS_BOT_LOG", examples=["json"], description="`text`, or `json`"
    )
