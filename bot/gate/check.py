"""`hs-bot gate check`: what to enter at an identity provider, and whether the gate answers from outside.

Knocks at the public address with each token as an IdP would: discovery, a search for nobody, and a wrong token.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from bot.gate import PREFIX
from bot.helpscout.wire.surroundings import certificates, ways_out
from bot.policy.people.provider import provider_name

NOBODY = "nobody@hs-bot.invalid"


@dataclass(frozen=True, slots=True)
class Found:
    """`well` False: the sentence says what to do."""

    check: str
    sentence: str
    well: bool = True


def knock(url: str, tokens: tuple[tuple[str, str], ...], *, timeout: float = 10.0) -> Iterator[Found]:
    """`url` is the bot's address as an IdP reaches it, without the path. Raises `BadSurroundings`."""
    base = f"{url.rstrip('/').removesuffix(PREFIX)}{PREFIX}"
    if not base.lower().startswith(("https://", "http://")):
        yield Found("address", f"{url[:200]} isn't an address: begin with https://", False)
        return
    trust = certificates()
    here = any(host in base for host in ("//127.0.0.1", "//localhost", "//[::1]"))
    if base.startswith("http://") and not here:
        yield Found("address", "it is http: tokens and people would be readable on the way. Put it behind TLS.", False)
    mounts = {} if here else ways_out((base,), trust, httpx.Limits())
    with httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False, verify=trust, mounts=mounts) as client:
        for name, token in tokens:
            yield _answers(client, base, name, token)
        yield _refuses(client, base)


def _answers(client: httpx.Client, base: str, name: str, token: str) -> Found:
    headers = {"Authorization": f"Bearer {token}"}
    try:
        config = client.get(f"{base}/ServiceProviderConfig", headers=headers)
        search = client.get(f"{base}/Users", params={"filter": f'userName eq "{NOBODY}"'}, headers=headers)
    except httpx.HTTPError as away:
        why = f"{base} can't be reached ({type(away).__name__}): check that the bot runs, PORT, and the proxy's target."
        return Found(name, why, False)
    if config.status_code in (401, 429):
        why = "the token isn't accepted: the running bot has other HS_BOT_GATE_TOKENS, or the proxy drops the header."
        return Found(name, why, False)
    if config.status_code in (301, 302, 307, 308):
        why = f"it redirects to {config.headers.get('Location', 'elsewhere')[:200]}: enter that address instead."
        return Found(name, why, False)
    if config.status_code != 200 or search.status_code != 200 or not _empty(search):
        said = f"{config.status_code} and {search.status_code}"
        why = f"{base} answers {said}, not as hs-bot would: check the proxy's paths."
        return Found(name, why, False)
    return Found(name, "it answers, and a search for an unknown address finds nobody.")


def _empty(answer: httpx.Response) -> bool:
    try:
        said: Any = answer.json()
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("totalResults") == 0


def _refuses(client: httpx.Client, base: str) -> Found:
    try:
        answer = client.get(f"{base}/Users", headers={"Authorization": "Bearer not-a-token"})
    except httpx.HTTPError:
        return Found("a wrong token", "not looked at, because the address can't be reached.", False)
    if answer.status_code in (401, 429):
        return Found("a wrong token", "it is refused.")
    return Found("a wrong token", f"it is answered {answer.status_code}: something else answers there.", False)


def to_enter(url: str, names: list[str]) -> Iterator[str]:
    """What to enter where, a line each."""
    base = f"{url.rstrip('/').removesuffix(PREFIX)}{PREFIX}"
    for name in dict.fromkeys(names):
        match name.lower():
            case "okta":
                yield f"Okta: SCIM connector base URL {base}"
                yield "Okta: unique identifier userName; authentication by HTTP Header, with the token of okta"
                yield "Okta: push new users, profile updates and groups; import new users"
            case "entra" | "azure":
                yield f"Entra ID: Tenant URL {base} · Secret Token: the token of {name}"
            case "onelogin":
                yield f"OneLogin: SCIM Base URL {base} · SCIM Bearer Token: the token of {name}"
            case _:
                yield f"{provider_name(name)}: base URL {base} · bearer token: that of {name}"
    yield "Attributes: userName (an e-mail address), name.givenName, name.familyName, active"
    yield "Attributes that help: title, phoneNumbers, timezone, roles, and manager, who is proposed for conversations"
