"""How old the record is, and why the last sync failed: in `/hs-status` and in the Home."""

from bot.model.sync import SyncRun, SyncState
from bot.slack.views.text import at, counted, safe


def last_sync(run: SyncRun | None) -> str:
    """The last one that began."""
    if run is None:
        return "none yet"
    said = {
        SyncState.RUNNING: "running since",
        SyncState.FAILED: "failed",
        SyncState.HELD: "done, removals wait for an approver,",
        SyncState.DONE: f"{counted(run.people, 'person', 'people')},",
    }
    return f"{said[run.state]} {at(run.started_at)}"


def sync_trouble(latest: SyncRun | None, ended: SyncRun | None, good: SyncRun | None) -> str:
    """What went wrong with the last one that ended, also while the next runs; "" when nothing did."""
    if ended is None or not ended.problem:
        return ""
    what = "The last sync failed" if ended.state is SyncState.FAILED else "Last sync"
    began = f" ({at(ended.started_at)})" if ended != latest else ""
    since = f" The last good one was {at(good.started_at)}." if good and good != ended else ""
    return f":warning: {what}{began}: {safe(ended.problem, 900)}{since}"
