"""What an alert's message is made of, before the templates: one change by itself, several as a small digest."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from worker.core.alert import TEXT_CHARS, Alert, read_alert
from worker.core.digest import build_digest
from worker.core.digest_parts import Digest
from worker.core.excerpt import one_line, shorten
from worker.core.models import ChangeKind, Told
from worker.core.phrases import Phrases

_SUBJECT_CHARS = 120
#: how long its text may be where its marks would make the mail too large
_FEWER_CHARS = (TEXT_CHARS, TEXT_CHARS // 4, TEXT_CHARS // 16)


def alert_sizes(told: Told, watchlists: Sequence[str]) -> Iterator[Alert]:
    """Yield the alert as it is, then with a shorter text, for what would not fit into a mail."""
    alert = read_alert(told, watchlists)
    for most in _FEWER_CHARS:
        excerpts = shorten(alert.excerpts, most)
        yield replace(alert, excerpts=excerpts, cut=alert.cut or excerpts != alert.excerpts)


def alert_subject(told: Told, alert: Alert, t: Phrases) -> str:
    """Return one line that says which watchlists, what happened and where, and how the text begins."""
    names = ", ".join(alert.watchlists) or t("other")
    kind = [] if alert.kind is ChangeKind.NEW else [t(alert.kind)]
    head = ", ".join([*kind, names])
    return one_line(t("alert_subject", found=head, channel=alert.channel_title, lead=told.text), _SUBJECT_CHARS)


def as_digest(
    changes: Sequence[Told], *, recipient: str, watchlists: Sequence[str], language: str, timezone: str
) -> Digest:
    """Return several changes as a digest that says nothing of the channels checked."""
    return build_digest(
        changes,
        recipient=recipient,
        watchlists=watchlists,
        since=min(told.found_at for told in changes),
        until=max(told.found_at for told in changes),
        timezone=timezone,
        language=language,
        checked=0,
        channels=0,
    )
