"""Who works here: which sources say so, and how each is reached."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from bot.config.source_values import CsvPlace, Host, Roles, SourceNames
from bot.config.urls import Url
from bot.config.values import GateTokens, Span, Token


class SourceSettings(BaseModel):
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
    gate_tokens: GateTokens | None = Field(
        None,
        validation_alias="HS_BOT_GATE_TOKENS",
        description="`name:token`, separated by commas: identity providers that may push people over SCIM, at "
        "`/scim/v2` on `PORT`",
    )
