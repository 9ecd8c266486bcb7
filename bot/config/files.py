"""`NAME_FILE`: a secret from a file, as Docker and Kubernetes mount them."""

from pathlib import Path

LARGEST = 64 << 10
"""Bytes; a secret is far shorter."""


class NoSecretThere(Exception):
    """Why a file gives no value, as the end of a sentence about it."""


def read(path: str) -> str:
    """What is in the file, without the line's end that editors put behind it. Raises `NoSecretThere`."""
    try:
        with Path(path).expanduser().open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise NoSecretThere("is not there") from None
    except IsADirectoryError:
        raise NoSecretThere("is a directory") from None
    except PermissionError:
        raise NoSecretThere("can't be read by this user") from None
    except (OSError, ValueError, RuntimeError):  # a name that is none, a home directory that nobody has
        raise NoSecretThere("can't be read") from None
    if len(content) > LARGEST:
        raise NoSecretThere("is too large for a secret")
    try:
        value = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise NoSecretThere("is not text in UTF-8") from None
    if not value:
        raise NoSecretThere("is empty")
    return value
