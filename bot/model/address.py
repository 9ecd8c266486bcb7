"""An e-mail address has two forms: as written, which goes to Help Scout, to Slack and into evidence, and its key.

The key is only for comparing and never leaves the house: NFC, without characters that nobody sees, in lower case (not
case folded: `ß`, `ſ` and `ss` are different letters), the domain as IDNA 2008 A-labels (UTS 46, non-transitional), no
dot at its end. Whatever compares two addresses compares their keys. Sources: RFC 6531, RFC 5891, UTS 46 by `idna`.
"""

import re
import unicodedata
from functools import lru_cache

_UNSEEN = (
    "\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
"""Unicode's Default_Ignorable_Code_Point, and controls: what a paste brings along and no reader sees."""
_INVISIBLE = re.compile(f"[{_UNSEEN}]")
_EDGES = re.compile(rf"^[\s{_UNSEEN}]+|[\s{_UNSEEN}]+$")


def without_invisible(text: str) -> str:
    """The text without characters that nobody sees: zero-width ones, direction marks, soft hyphens, controls."""
    return text if text.isascii() and text.isprintable() else _INVISIBLE.sub("", text)


def as_written(text: str) -> str:
    """The form that is sent and shown: trimmed, also of what nobody sees; in between every letter stays."""
    return text.strip() if text.isascii() and text.isprintable() else _EDGES.sub("", text)


def address_key(address: str) -> str:
    """The form in which addresses are compared; "" for nothing. The key of a key is the same key."""
    if address.isascii() and address.isprintable():
        tidy = address.strip().lower()
    else:
        tidy = _composed_lower(without_invisible(address).strip())
    local, at, domain = tidy.rpartition("@")
    if not at:
        return tidy
    return f"{local}@{_domain_key(domain)}"


def same_address(one: str, other: str) -> bool:
    """Whether two addresses, as written, are one mailbox; nothing is the same as nothing."""
    key = address_key(one)
    return bool(key) and key == address_key(other)


def domain_of(address: str) -> str:
    """The key of the address's domain; "" where there is none."""
    return address_key(address).rpartition("@")[2] if "@" in address else ""


def without_plus(key: str) -> str:
    """The key without its plus part: `jane+hs@acme.example` → `jane@acme.example`."""
    local, at, domain = key.rpartition("@")
    plain = local.partition("+")[0]
    return f"{plain}{at}{domain}" if at and plain else key


def _composed_lower(text: str) -> str:
    # Letter by letter: whether a sigma ends a word is no part of an address.
    lower = "".join(letter.lower() for letter in unicodedata.normalize("NFC", text))
    return unicodedata.normalize("NFC", lower)


@lru_cache(maxsize=4096)
def _domain_key(domain: str) -> str:
    if domain.isascii() and "xn--" not in domain:
        return domain.strip().rstrip(".")
    import idna  # 27 ms: most accounts have no such domain

    try:
        domain = idna.uts46_remap(domain, std3_rules=False, transitional=False)
    except idna.IDNAError:
        domain = re.sub("[\u3002\uff0e\uff61]", ".", domain)  # the full stops that IDNA takes for one
    return ".".join(_label_key(label) for label in domain.strip().rstrip(".").split("."))


def _label_key(label: str) -> str:
    if label.isascii() and not label.startswith("xn--"):
        return label
    import idna

    try:
        readable = idna.ulabel(label)
        return idna.alabel(_composed_lower(without_invisible(readable))).decode("ascii")
    except idna.IDNAError:
        return label  # no label of IDNA's: compared as it is
