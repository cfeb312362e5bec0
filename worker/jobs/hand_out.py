"""The evidence of one post, handed out as a folder that a person can read and a machine can verify."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.adapters.evidence import EvidenceFolder
from worker.adapters.new_folder import NewFolder
from worker.adapters.warc import WarcExport, warc_file
from worker.core.proof import CONTENT_TYPES, Fact, ProvingExport, StoredExport, manifest, sums
from worker.errors import EvidenceError

#: history, exports, when -> the report as HTML and as text
Render = Callable[[Mapping[str, Any], Sequence[ProvingExport], datetime], tuple[str, str]]

_WARC = "evidence.warc.gz"
_PRUNED = "its bytes were given up on {:%Y-%m-%d %H:%M} UTC, as the retention wants it"
_NO_FOLDER = "no evidence folder is configured"


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What was written."""

    #: files
    files: int
    #: exports with their bytes
    exports: int
    #: why bytes are not there that should be: damaged or missing files
    problems: tuple[str, ...] = ()


def hand_out(
    history: Mapping[str, Any],
    stored: Iterable[tuple[StoredExport, Sequence[Fact]]],
    *,
    evidence: EvidenceFolder | None,
    out: NewFolder,
    render: Render,
    software: str,
    now: datetime,
) -> HandedOut:
    """Write everything that proves what is said of a post.

    Args:
        history: of the post, with word diffs, in the documented shape.
        stored: the exports that say something about it, in the order of fetching, and what they prove.
        evidence: where their bytes lie; None: nowhere.
        out: where to write.
        render: makes the report.
        software: name and version of what writes.
        now: the present.

    Raises:
        WatchwordError: a file cannot be written, or the report cannot be rendered.
    """
    exports = [_with_bytes(export, facts, evidence) for export, facts in stored]
    html, text = render(history, exports, now)
    out.write("report.html", _encoded(html))
    out.write("report.txt", _encoded(f"{text.rstrip()}\n"))
    for state in history["revisions"]:
        if not state["pruned_at"]:
            out.write(f"revision-{state['number']}.txt", _encoded(state["text"]))
    whole = {export.path: export for export in exports if export.path is not None}
    for path, export in whole.items():
        out.write(path, export.body or b"")
    archive = warc_file(map(_archived, whole.values()), software=software, made_at=now, name=_WARC)
    out.write(_WARC, b"".join(archive))
    out.write("manifest.json", _encoded(manifest(history, exports, out.files, software=software, made_at=now)))
    out.write("SHA256SUMS", sums(out.files).encode())
    problems = [export.missing for export in exports if export.missing and not export.stored.pruned_at]
    return HandedOut(len(out.files), len(whole), tuple(dict.fromkeys(problems)))


def _with_bytes(stored: StoredExport, facts: Sequence[Fact], evidence: EvidenceFolder | None) -> ProvingExport:
    proves = tuple(fact.words for fact in facts)
    if stored.pruned_at:
        return ProvingExport(stored, proves, None, _PRUNED.format(stored.pruned_at))
    if evidence is None:
        return ProvingExport(stored, proves, None, _NO_FOLDER)
    try:
        return ProvingExport(stored, proves, evidence.read(stored.sha256))
    except EvidenceError as error:
        return ProvingExport(stored, proves, None, str(error))


def _archived(export: ProvingExport) -> WarcExport:
    stored = export.stored
    return WarcExport(
        stored.url,
        stored.fetched_at,
        stored.status,
        stored.headers,
        export.body or b"",
        CONTENT_TYPES[export.ending],
    )


def _encoded(text: str) -> bytes:
    # a lone half of a surrogate pair cannot be written as UTF-8
    return text.encode("utf-8", "replace")
