"""Pictures of seats: how many there are over time, and who came and went a month. PNG, drawn by matplotlib (an extra).

Readable on a light and on a dark page: the picture brings a ground of its own, and its text has contrast on it.
"""

import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.model.problem import Problem
from bot.store.record import Record

WIDTH, HEIGHT, DPI = 8.0, 4.5, 125
GROUND, INK, QUIET = "#F7F7F9", "#1D1C1D", "#5E5D60"
SEATS, CAME, WENT = "#1264A3", "#1B7F5C", "#C2352B"
MONTHS = 12
LEAST_MONTHS = 4  # a bar of a young record is not as wide as the picture
FEW_DAYS, MANY_DAYS = timedelta(days=14), timedelta(days=150)
TICKS = 7


class NoPlots(Problem):
    """The extra that draws is not installed."""


@dataclass(frozen=True, slots=True)
class Picture:
    """`alt` says in words what the picture shows, for who can't see it."""

    png: bytes
    title: str
    alt: str


def seats_picture(record: Record) -> Picture | None:
    """The last twelve months; None when there is nothing to draw yet."""
    seats = record.syncs.seats()
    months = record.changes.monthly()[-MONTHS:]
    if not seats:
        return None
    return Picture(_draw(seats, months), "Help Scout seats", alt_text(seats, months))


def alt_text(seats: list[tuple[datetime, int]], months: list[tuple[str, int, int]]) -> str:
    """The picture in one or two sentences."""
    (first, before), (last, now) = seats[0], seats[-1]
    if len(seats) == 1:
        text = f"{now} seats on {last.day} {last:%B %Y}, the day the record began."
    else:
        text = f"Seats went from {before} on {first.day} {first:%B %Y} to {now} on {last.day} {last:%B %Y}."
    if months:
        month, came, went = months[-1]
        joined = "nobody" if not came else "1 person" if came == 1 else f"{came} people"
        text += f" In {_month(month, '%B %Y')}, {joined} joined and {went or 'nobody'} left."
    return text


def _month(month: str, form: str) -> str:
    return f"{date.fromisoformat(f'{month}-01'):{form}}"


def _month_names(months: list[str]) -> list[str]:
    """`Nov 2025`, `Dec`, `Jan 2026`, on two lines: the year where it begins."""
    before = ["", *months]
    return [
        _month(month, "%b" if month[:4] == last[:4] else "%b\n%Y") for month, last in zip(months, before, strict=False)
    ]


def _ticks(last: datetime, span: timedelta) -> tuple[list[datetime], list[str]]:
    """Where days are written below the seats, evenly back from the last, and how."""
    places = [last - span * part / TICKS for part in range(TICKS, -1, -1)]
    form = "{0.day} {0:%b}" if span < MANY_DAYS else "{0:%b %Y}"
    return places, [form.format(place) for place in places]


def _draw(seats: list[tuple[datetime, int]], months: list[tuple[str, int, int]]) -> bytes:
    try:
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator
    except ModuleNotFoundError:
        raise NoPlots("Pictures need matplotlib: install it with pip install 'hs-bot[charts]'.") from None
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor=GROUND)
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.1)
    above, below = figure.subplots(2, 1, height_ratios=[3, 2])
    for axes in (above, below):
        axes.set_facecolor(GROUND)
        axes.tick_params(colors=QUIET, labelsize=9, length=0, pad=6)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.spines["bottom"].set_color(QUIET)
        axes.grid(axis="y", color="#DCDCE0", linewidth=0.8)
        axes.set_axisbelow(True)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    days, numbers = [at for at, _ in seats], [number for _, number in seats]
    above.plot(days, numbers, color=SEATS, linewidth=2.2, marker="o" if len(seats) < 15 else "", markersize=4)
    span = max(days[-1] - days[0], FEW_DAYS)  # so that a young record does not get an axis of years
    above.set_xlim(days[-1] - span * 1.02, days[-1] + span * 0.02)
    above.set_xticks(*_ticks(days[-1], span))
    above.fill_between(days, numbers, color=SEATS, alpha=0.10)
    above.set_ylim(0, max(numbers) * 1.15 + 1)
    above.set_title("Seats", loc="left", color=INK, fontsize=12, fontweight="bold")
    above.annotate(
        f"{numbers[-1]}",
        (days[-1], numbers[-1]),
        (0, 7),
        textcoords="offset points",
        ha="right",
        color=SEATS,
        fontweight="bold",
    )
    names = _month_names([month for month, _, _ in months])
    places = range(len(names))
    below.bar([p - 0.2 for p in places], [came for _, came, _ in months], 0.38, color=CAME, label="joined")
    below.bar(
        [p + 0.2 for p in places],
        [went for _, _, went in months],
        0.38,
        color=WENT,
        label="left",
        hatch="//",
        edgecolor=GROUND,
    )
    below.set_xticks(list(places), names)
    below.set_xlim(-0.6, max(len(names), LEAST_MONTHS) - 0.4)
    if not names:
        below.set_yticks([])
        below.text(0, 0.5, "Nobody has joined or left since the record began.", color=QUIET, va="center")
        below.set_ylim(0, 1)
    below.set_title("Joined and left a month", loc="left", color=INK, fontsize=12, fontweight="bold")
    if names:
        below.legend(frameon=False, labelcolor=INK, fontsize=9, ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": "hs-bot"})
    return out.getvalue()
