"""What the settings say about the sources, as plain values."""

from pydantic import SecretStr

from bot.config.settings import Settings
from bot.sources.configured import Wanted


def wanted_sources(s: Settings) -> Wanted:
    """For `bot.sources.configured.make`."""
    return Wanted(
        names=s.sources,
        groups=tuple(s.roles),
        csv=s.csv,
        csv_group=s.csv_group,
        okta_url=s.okta_url,
        okta_token=_plain(s.okta_token),
        okta_group=s.okta_group,
        entra_tenant=_plain(s.entra_tenant_id),
        entra_client=_plain(s.entra_client_id),
        entra_secret=_plain(s.entra_client_secret),
        entra_group=s.entra_group,
        entra_login_url=s.entra_login_url,
        entra_graph_url=s.entra_graph_url,
        google_file=s.google_credentials_file,
        google_admin=s.google_admin,
        google_group=s.google_group,
        google_url=s.google_directory_url,
    )


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
