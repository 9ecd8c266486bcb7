"""Of several changes to one form on their way at once, the newest wins: who types fast gets the check of what they
typed last.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from cachetools import TTLCache

HALF_AN_HOUR = 1800.0


@dataclass(slots=True)
class OpenForm:
    """`shown` is what was put into the form last, in whatever terms its owner compares; None: nothing yet."""

    newest: float = float("-inf")
    shown: object = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class OpenForms:
    """Thread-safe; for the forms that were open in the last half an hour."""

    def __init__(self) -> None:
        self._forms: TTLCache[str, OpenForm] = TTLCache(2000, HALF_AN_HOUR)
        self._lock = threading.Lock()

    def came(self, form: str, arrived: float) -> None:
        """Something was filled into `form` (a view's id) at this moment (monotonic seconds)."""
        opened = self._of(form)
        with self._lock:
            opened.newest = max(opened.newest, arrived)

    @contextmanager
    def take(self, form: str, arrived: float) -> Iterator[OpenForm | None]:
        """Alone with the form; None when something newer has come since."""
        opened = self._of(form)
        with opened.lock:
            yield opened if opened.newest <= arrived else None

    def _of(self, form: str) -> OpenForm:
        with self._lock:
            opened = self._forms.get(form)
            if opened is None:
                opened = self._forms[form] = OpenForm()
            return opened
