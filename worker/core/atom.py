"""Changes -> an Atom file (RFC 4287) for feed readers: one event each, newest first, the words marked.

The same changes give the same bytes. Writes no files and decides nothing about who wants what.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from worker.core.alert import Alert, read_alert
from worker.core.excerpt import clean, one_line
from worker.core.models import ChangeKind, Excerpt, Told
from worker.core.phrases import Phrases
from worker.core.word_diff import INSERTED, REMOVED

_TITLE_CHARS = 140
_NAME_CHARS = 120
#: not allowed in XML 1.0 and not taken out by `clean`
_NO_XML = re.compile("[\ufffe\uffff]")
#: not allowed in an IRI (RFC 3987 section 2.2)
_NO_IRI = re.compile(r'[\s<>"{}|\\^`]')
_FRAMES: Mapping[str | None, tuple[str, str]] = {
    None: ("", ""),
    INSERTED: ("<ins>", "</ins>"),
    REMOVED: ("<del>", "</del>"),
}


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What an Atom file says of itself."""

    #: a tag URI (RFC 4151), for ever the same; those of the events begin with it
    id: str
    title: str
    #: when it was made first
    since: datetime
    #: ISO 639-1 code of the fixed texts
    language: str
    #: where the file can be fetched; None: not known
    link: str | None = None


def tag_uri(link: str | None, now: datetime, name: str) -> str:
    """Return an id for a new feed (RFC 4151).

    Args:
        link: where it can be fetched; its host owns the id. None: nobody does.
        now: the day of the id.
        name: that no other feed has.
    """
    host = (urlsplit(link).hostname if link else None) or "watchword.invalid"
    owner = host if re.fullmatch(r"[A-Za-z0-9.-]+", host) else "watchword.invalid"
    return f"tag:{owner.lower()},{now.astimezone(UTC):%Y-%m-%d}:watchword:{name}"


def atom(head: FeedHead, changes: Mapping[int, Told], watchlists: Sequence[str], t: Phrases) -> bytes:
    """Return the file.

    Args:
        head: what it says of itself.
        changes: by their numbers, from which their ids come.
        watchlists: those of the feed; other tags are not shown.
        t: the fixed texts.
    """
    updated = max((told.found_at for told in changes.values()), default=head.since)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(head.language)}>',
        f"  <id>{_text(head.id)}</id>",
        f"  <title>{_text(head.title)}</title>",
        f"  <updated>{_time(updated)}</updated>",
        *([f'  <link rel="self" type="application/atom+xml" href={_iri(head.link)}/>'] if head.link else []),
        "  <generator>Watchword</generator>",
    ]
    for number in sorted(changes, reverse=True):
        lines += _event(f"{head.id}:{number}", changes[number], read_alert(changes[number], watchlists), t)
    return "\n".join([*lines, "</feed>", ""]).encode()


def _event(identity: str, told: Told, alert: Alert, t: Phrases) -> Iterator[str]:
    kind = "" if told.kind is ChangeKind.NEW else f" [{t(told.kind)}]"
    # an empty author is none (RFC 4287 section 4.2.1)
    name = one_line(told.channel_title, _NAME_CHARS) or told.channel
    lead = one_line(told.text, _TITLE_CHARS) or t("no_text")
    yield "  <entry>"
    yield f"    <id>{_text(identity)}</id>"
    yield f"    <title>{_text(f'{name}{kind}: {lead}')}</title>"
    yield f"    <updated>{_time(told.found_at)}</updated>"
    if told.published_at:
        yield f"    <published>{_time(told.published_at)}</published>"
    yield f"    <author><name>{_text(name)}</name></author>"
    if told.url and _scheme(told.url) in {"http", "https"}:
        yield f'    <link rel="alternate" href={_iri(told.url)}/>'
    for watchlist in alert.watchlists:
        yield f"    <category term={quoteattr(_legal(watchlist))}/>"
    lang = f" xml:lang={quoteattr(alert.lang)}" if alert.lang else ""
    yield f'    <content type="html"{lang}>{_text(_html(alert, t))}</content>'
    yield "  </entry>"


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme.lower()
    except ValueError:
        return ""


def _html(alert: Alert, t: Phrases) -> str:
    turns = (("lost", alert.lost), ("gained", alert.gained))
    facts = [t(turn, names=", ".join(names)) for turn, names in turns if names]
    if alert.forwarded_from:
        facts.append(t("forwarded", name=alert.forwarded_from))
    if alert.media:
        facts.append(", ".join(dict.fromkeys(t.media(one.kind) for one in alert.media)))
    if alert.cut:
        facts.append(t("cut"))
    said = "".join(f"<p><em>{escape(_legal(fact))}</em></p>" for fact in facts)
    return f'{said}<p dir="auto">{"".join(map(_piece, alert.excerpts)) or escape(t("no_text"))}</p>'


def _piece(piece: Excerpt) -> str:
    text = escape(_legal(piece.text)).replace("\n", "<br>")
    before, after = _FRAMES[piece.change]
    return f"{before}<mark>{text}</mark>{after}" if piece.marked else f"{before}{text}{after}"


def _legal(text: str) -> str:
    return _NO_XML.sub("\ufffd", clean(text))


def _text(text: str) -> str:
    return escape(_legal(text))


def _iri(address: str) -> str:
    return quoteattr(_NO_IRI.sub(lambda found: f"%{ord(found[0]):02X}", _legal(address)))


def _time(at: datetime) -> str:
    """Write a time by RFC 3339."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
