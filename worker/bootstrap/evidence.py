"""Settings and the name of a post -> a folder with everything that proves what is said of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from worker import __version__
from worker.adapters.new_folder import NewFolder
from worker.bootstrap import open_store, utc_now
from worker.bootstrap.history import read_history
from worker.bootstrap.recipients import templates_of
from worker.bootstrap.sources import evidence_of
from worker.config import Settings
from worker.core.proof import ProvingExport, report
from worker.jobs.hand_out import HandedOut, hand_out

_SOFTWARE = f"Watchword {__version__}"


def write_evidence(settings: Settings, name: str, out: Path) -> HandedOut:
    """Write the evidence of a post into a new folder.

    Args:
        settings: the configuration.
        name: ``CHANNEL/ID``, ``CHANNEL/row-N`` or the address of the post.
        out: folder that does not exist yet, or is empty.

    Raises:
        WatchwordError: there is no such post, or more than one; the folder holds something already, or cannot be made.
        StoreError: the database cannot be used.
    """
    history = read_history(settings, name)
    store = open_store(settings)
    (found,) = store.find_posts(f"{history['channel']}/{history['id']}")
    templates = templates_of(settings)

    def render(history: Mapping[str, Any], exports: Sequence[ProvingExport], now: datetime) -> tuple[str, str]:
        return templates.render_report(report(history, exports, software=_SOFTWARE, made_at=now))

    return hand_out(
        history,
        store.proving_exports(found.row),
        evidence=evidence_of(settings),
        out=NewFolder(out),
        render=render,
        software=_SOFTWARE,
        now=utc_now(),
    )
