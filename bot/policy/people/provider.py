"""An identity provider that asks through the gate: how it is called, and what it is to the rules."""

from bot.model.member import Member

_KNOWN = {"okta": "Okta", "entra": "Entra ID", "onelogin": "OneLogin", "google": "Google", "jumpcloud": "JumpCloud"}


def provider_name(token: str) -> str:
    """The name of a token as people read it: `okta` is Okta; one that is written with capitals stays as it is."""
    return _KNOWN.get(token.lower(), token.capitalize() if token.islower() else token)


def provider(token: str) -> Member:
    """Who asks, where somebody in Slack would be asked for."""
    return Member(id=token, name=provider_name(token), is_provider=True)
