"""Exports that another tool drops as files: found by a pattern, read once each, again when they change."""

from worker.adapters.files.finding import (
    SETTLE,
    FileProblem,
    FoundExport,
    find_exports,
    natural_order,
    time_to_settle,
)
from worker.adapters.files.opening import Opened, Part
from worker.adapters.files.reading import HEAD, MAX_BYTES, FileExport, OpenStream, read_new

__all__ = [
    "HEAD",
    "MAX_BYTES",
    "SETTLE",
    "FileExport",
    "FileProblem",
    "FoundExport",
    "OpenStream",
    "Opened",
    "Part",
    "find_exports",
    "natural_order",
    "read_new",
    "time_to_settle",
]
