"""A digest of hostile posts: markup, styles, template syntax, text that turns around, words and names without end."""

from datetime import UTC, datetime, timedelta

from worker.core.digest import Gap, build_digest
from worker.core.digest_parts import Digest
from worker.core.models import ChangeKind, Match, Media, Told

_UNTIL = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
_TEXTS = (
    "<script>alert('CIS')</script> and <img src=x onerror=alert(1)>",
    "</div></div></body></html><!-- CIS <style>* { display: none }</style> ]]>",
    '" style="position:fixed;inset:0;background:red" onclick="alert(1)" CIS',
    "{{ 7 * 7 }} {% for x in digest %} {# CIS #} {{ ''.__class__.__mro__ }} ${7*7} %(name)s {0}",
    "CIS \u202eexe.gpj\u202c and \u2066isolated\u2069 \u200f\u200e\ufeff end",
    "CIS " + "x" * 100_000,
    "CIS\r\nBcc: everybody@example.org\r\n.\r\nQUIT\r\n",
    "CIS \x00\x01\x1b[31mred\x1b[0m \x07 \ud83d half",
    "CIS " + "е\u0301\u0302\u0303\u0304\u0305" * 40,
    "اجتماع CIS في الميناء " * 3,
    "CIS 会議は港で行われた。" * 30,
    "CIS\n" * 300,
    "&lt;b&gt;CIS&lt;/b&gt; &amp;amp; &#x3C;script&#x3E;",
    'CIS <a href="javascript:alert(1)">click</a> [click](javascript:alert(1)) https://example.org/?a=1&b=<2>',
)
_TITLES = ("Harbours", "A\r\nBcc: x@example.org", "</bdi><h1>Big", "\u202eteerts", "T" * 5_000, "{{ config }}")
_URLS = ('https://example.org/a?b="><script>', "javascript:alert(1)", "https://example.org/" + "u" * 5_000, None)


def hostile_digest() -> Digest:
    """Return it."""
    told = [_told(number, text) for number, text in enumerate(_TEXTS)]
    told.append(_told(90, "<b>after</b>", kind=ChangeKind.EDITED, before="<i>before</i> CIS {{ x }}", lost=("CIS",)))
    told.append(_told(91, "\u202eCIS gone", kind=ChangeKind.DELETED))
    return build_digest(
        told,
        recipient="desk",
        watchlists=("CIS", "<u>" + "W" * 60, "{{ list }}"),
        since=_UNTIL - timedelta(days=1),
        until=_UNTIL,
        timezone="Europe/Paris",
        language="en",
        checked=3,
        channels=4,
        failing=("<s>maps</s>", "m" * 3_000),
        gaps=(Gap("</p><script>", _UNTIL - timedelta(hours=9), _UNTIL, at_most=12),),
    )


def _told(
    number: int,
    text: str,
    *,
    kind: ChangeKind = ChangeKind.NEW,
    before: str | None = None,
    lost: tuple[str, ...] = (),
) -> Told:
    at = text.find("CIS")
    return Told(
        channel=f"c{number}",
        channel_title=_TITLES[number % len(_TITLES)],
        kind=kind,
        text=text,
        tags=("CIS",),
        matches=() if at < 0 else (Match("CIS", "CIS", at, at + 3),),
        found_at=_UNTIL - timedelta(minutes=600 - number),
        published_at=_UNTIL - timedelta(minutes=600 - number),
        url=_URLS[number % len(_URLS)],
        forwarded_from=_TITLES[(number + 1) % len(_TITLES)] if number % 5 == 0 else None,
        before=before,
        media=(Media("document", "</a>\r\n" + "f" * 500), Media("<kind>")) if number % 7 == 0 else (),
        grade="substantive" if before else None,
        lost=lost,
    )
