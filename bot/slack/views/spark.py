"""A line of numbers over time, drawn with signs: for where no picture can stand."""

from collections.abc import Sequence

_SIGNS = "▁▂▃▄▅▆▇█"


def sparkline(numbers: Sequence[int], most: int = 30) -> str:
    """The last `most` numbers, lowest to highest; level ones in the middle. "" of fewer than two: that is no line."""
    kept = numbers[-most:]
    if len(kept) < 2:
        return ""
    low, high = min(kept), max(kept)
    if low == high:
        return _SIGNS[3] * len(kept)
    return "".join(_SIGNS[(number - low) * (len(_SIGNS) - 1) // (high - low)] for number in kept)
