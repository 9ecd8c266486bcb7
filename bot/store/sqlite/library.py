"""sqlite-utils, imported without numpy.

It looks for numpy at its import, in order to know numpy's number types; the record holds none of them, and where numpy
is installed (for the charts) the look costs every start 40 ms and 30 MB. Source: sqlite_utils/db.py, `np`.
"""

import sys

_hidden = "numpy" not in sys.modules
if _hidden:
    sys.modules["numpy"] = None  # type: ignore[assignment]  # for the import system: there is none
try:
    from sqlite_utils import Database, Migrations
finally:
    if _hidden:
        del sys.modules["numpy"]

__all__ = ["Database", "Migrations"]
