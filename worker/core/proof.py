"""The evidence of one post, put together for somebody who doubts it: which files there are and what each proves. Pure.

Works on the history of a post in the documented shape (docs/json.md). Reads and writes no file.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_ENDINGS = (("html", "html"), ("json", "json"), ("xml", "xml"), ("rss", "xml"), ("atom", "xml"))
_BEGINNINGS = (
    (b"<!doctype html", "html"),
    (b"<html", "html"),
    (b"<?xml", "xml"),
    (b"<rss", "xml"),
    (b"<feed", "xml"),
    (b"{", "json"),
    (b"[", "json"),
)
#: media types by the ending of a file
CONTENT_TYPES: Mapping[str, str] = {
    "html": "text/html",
    "json": "application/json",
    "xml": "application/xml",
    "txt": "text/plain",
}
_VERIFY = (
    "sha256sum -c SHA256SUMS shows that no file of this folder has changed since it was written.",
    "The name of each file in exports is the SHA-256 of its bytes, as it was recorded when the export was fetched.",
    "evidence.warc.gz holds the same bytes with the headers of the answers; every tool for web archives reads it.",
)


#: kinds of facts, beside ``deleted`` and ``restored``
SHOWED, LACKED = "showed", "lacked"
_WORDS: Mapping[str, str] = {
    SHOWED: "showed revision {revision} first",
    LACKED: "was the first to lack the post whose deletion was found on {at}",
    "deleted": "confirmed the deletion that was found on {at}",
    "restored": "showed the post again on {at}",
}


_SIGNS: Mapping[str, str] = {"inserted": "[+{}+]", "removed": "[-{}-]"}
_FOUND: Mapping[str, str] = {
    "new": "found as a new post.",
    "edited": "found edited; revision {revision} is the new text.",
    "deleted": "found deleted: a second look confirmed that it is gone, or the source itself says so.",
    "restored": "found to be shown again.",
}
_TERMS: Mapping[str, str] = {"gained": "brought the post to the watchlist", "lost": "took the post from the watchlist"}


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that an export proves of a post."""

    #: ``showed``, ``lacked``, ``deleted`` or ``restored``
    kind: str
    #: that it showed; None for the other kinds
    revision: int | None = None
    #: when the deletion or the return was found; None if it showed a revision
    at: datetime | None = None

    @property
    def words(self) -> str:
        """What it says to a reader."""
        return _WORDS[self.kind].format(revision=self.revision, at=shown_time(self.at))


@dataclass(frozen=True, slots=True)
class StoredExport:
    """An export that says something about a post, as the store knows it."""

    url: str
    fetched_at: datetime
    #: of the answer; None for a file
    status: int | None
    headers: tuple[tuple[str, str], ...]
    sha256: str
    size: int
    #: when its bytes were given up; None: they are kept
    pruned_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProvingExport:
    """One of them with its bytes, and what it proves, in words."""

    stored: StoredExport
    proves: tuple[str, ...]
    #: None: they are not there
    body: bytes | None = field(repr=False)
    #: why they are not there; None: they are
    missing: str | None = None

    @property
    def ending(self) -> str:
        """What the name of its file ends in."""
        return ending_of(self.stored.headers, self.body or b"")

    @property
    def path(self) -> str | None:
        """The name of its file inside the folder; None: there is none."""
        return None if self.body is None else f"exports/{self.stored.sha256}.{self.ending}"


def ending_of(headers: Sequence[tuple[str, str]], body: bytes) -> str:
    """Return what kind of text an export is: ``html``, ``xml``, ``json``, ``txt``; its bytes decide, then its type."""
    beginning = body[:1000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, ending in _BEGINNINGS:
        if beginning.startswith(start):
            return ending
    said = next((value.lower() for name, value in headers if name.lower() == "content-type"), "")
    return next((ending for part, ending in _ENDINGS if part in said), "txt")


def shown_time(at: str | datetime | None) -> str:
    """Return a time, or one in ISO 8601 in UTC, for readers, to the second."""
    if at is None:
        return "at a time that is not known"
    written = at if isinstance(at, str) else at.astimezone(UTC).isoformat()
    return f"{written[:19].replace('T', ' ')} UTC"


def written_diff(pieces: Sequence[Mapping[str, str]]) -> str:
    """Write a word diff with signs: ``[+put in+]``, ``[-taken out-]``."""
    return "".join(_SIGNS.get(piece["kind"], "{}").replace("{}", piece["text"]) for piece in pieces)


def report(
    history: Mapping[str, Any], exports: Sequence[ProvingExport], *, software: str, made_at: datetime
) -> dict[str, object]:
    """Return what the templates of the report know."""
    return {
        "history": history,
        "turns": [_turn(change, history["revisions"]) for change in history["changes"]],
        "exports": exports,
        "software": software,
        "made_at": made_at,
    }


def _turn(change: Mapping[str, Any], revisions: Sequence[Mapping[str, Any]]) -> str:
    """Say in plain words what was found out about the post."""
    words = [f"{shown_time(change['at'])}: {_FOUND[change['kind']].format(revision=change['revision'])}"]
    if change["kind"] == "edited":
        before = next((state for state in revisions if state["number"] == change["revision"] - 1), None)
        if before:
            words.append(f"The text before was last seen {shown_time(before['last_seen_at'])}.")
        if change["grade"]:
            words.append(f"The edit is graded {change['grade']}.")
        words += [f"It {_TERMS[term['kind']]} {term['watchlist']}." for term in change["term_changes"]]
    if change["missing_since"]:
        words.append(f"The post was last seen {shown_time(change['missing_since'])}.")
    if change["held"]:
        words.append("Nobody has been told yet: a person must decide.")
    return " ".join(words)


def manifest(
    history: Mapping[str, Any],
    exports: Sequence[ProvingExport],
    files: Sequence[tuple[str, str, int]],
    *,
    software: str,
    made_at: datetime,
) -> str:
    """Return ``manifest.json``: all files with (path, SHA-256, size), and everything that is known of the exports."""
    known = {
        "software": software,
        "made_at": made_at.isoformat(),
        "post": {key: history[key] for key in ("channel", "title", "id", "url", "published_at", "state")},
        "how_to_verify": list(_VERIFY),
        "files": [{"path": path, "sha256": sha256, "size": size} for path, sha256, size in files],
        "exports": [_described(export) for export in exports],
    }
    return json.dumps(known, ensure_ascii=False, indent=2).encode("utf-8", "replace").decode() + "\n"


def _described(export: ProvingExport) -> dict[str, Any]:
    stored = export.stored
    return {
        "path": export.path,
        "proves": list(export.proves),
        "url": stored.url,
        "fetched_at": stored.fetched_at.isoformat(),
        "status": stored.status,
        "headers": [list(header) for header in stored.headers],
        "sha256": stored.sha256,
        "size": stored.size,
        "missing": export.missing,
    }


def sums(files: Sequence[tuple[str, str, int]]) -> str:
    """Return ``SHA256SUMS`` as ``sha256sum -c`` reads it."""
    return "".join(f"{sha256}  {path}\n" for path, sha256, _ in files)
