"""Variables that are none of ours but look as if they were meant to be: a misspelt one would be without effect."""

import re
from collections.abc import Collection, Iterator, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

_PREFIXES = ("HS_BOT_", "HELPSCOUT_", "SLACK_", "OKTA_", "ENTRA_")
_OURS = "HS_BOT_"
_NEAR = 2
"""Letters that differ in a name that others might have: one slip, or two."""
_LIKE = 0.85
_KUBERNETES = re.compile(
    r"HS_BOT_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)"
)
"""What Kubernetes sets in every container when a Service is called `hs-bot` or `hs-bot-…`."""
_OTHERS = frozenset({"SLACK_API_TOKEN"})
"""Names that other programs are known to use."""


def misspelt(environment: Mapping[str, str], known: Collection[str]) -> Iterator[tuple[str, str | None]]:
    """Each variable that is set and unknown, with the name that was probably meant.

    Of those called `HS_BOT_…` every one; of others those that are nearly one of ours, and nearer where that one is set.
    """
    ours = [name for name in known if name.startswith(_PREFIXES)]
    unset = [name for name in ours if not environment.get(name, "").strip()]
    for name, value in environment.items():
        if name in known or not value.strip():
            continue
        if name.upper().replace("-", "_").startswith(_OURS):
            if not _of_kubernetes(name, value):
                yield name, _meant(name, known)
        elif name.upper() in unset:
            yield name, name.upper()
        elif name not in _OTHERS:
            found = process.extractOne(name, unset, scorer=OSA.distance, score_cutoff=_NEAR)
            if found is None and not name[-1].isdigit():  # a second one of another program's: SLACK_BOT_TOKEN2
                found = process.extractOne(name, ours, scorer=OSA.distance, score_cutoff=1)
            if found is not None:
                yield name, found[0]


def _of_kubernetes(name: str, value: str) -> bool:
    return bool(_KUBERNETES.fullmatch(name)) or (
        name.endswith("PORT") and re.match(r"(tcp|udp|sctp)://", value) is not None
    )


def _meant(name: str, known: Collection[str]) -> str | None:
    """The known name that is most like it; `HS_BOT_PORT` and `HS_BOT_SCIM_TOKEN` have only the wrong beginning."""
    upper = name.upper().replace("-", "_")
    if upper in known:
        return upper
    rest = upper.removeprefix(_OURS)
    if same := next(
        (one for one in known if rest in (one, one.removeprefix("HELPSCOUT_").removeprefix("SLACK_"))), None
    ):
        return same
    ends = {one: one.removeprefix(_OURS) for one in known if one.startswith(_OURS)}
    found = process.extractOne(rest, ends, scorer=JaroWinkler.normalized_similarity, score_cutoff=_LIKE)
    return str(found[2]) if found else None
