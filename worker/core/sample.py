"""A made-up digest that holds one of everything: what templates are checked with, and what a preview can show."""

from datetime import UTC, datetime, timedelta

from worker.core.digest import Digest, Gap, build_digest
from worker.core.models import ChangeKind, Match, Media, Told
from worker.core.retagging import Retagged

_UNTIL = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
_TERMS = {
    "BRICS": ("BRICS", "БРИКС", "БРИКСа"),
    "CIS": ("CIS", "СНГ", "CEI", "Commonwealth of Independent States"),
    "Ukraine": ("Ukraine", "Украина", "Украины", "Украине"),
}
_HARBOUR = "Ministry of Harbours"
_TRADE = "Министерство ярмарок"
_LANTERN = "La Lanterne du matin"


def _told(
    minutes: int,
    channel: tuple[str, str],
    text: str,
    *,
    kind: ChangeKind = ChangeKind.NEW,
    before: str | None = None,
    forwarded_from: str | None = None,
    media: tuple[Media, ...] = (),
    grade: str | None = None,
    lost: tuple[str, ...] = (),
) -> Told:
    at = _UNTIL - timedelta(minutes=minutes)
    matches = [
        Match(watchlist, term, place, place + len(term))
        for watchlist, terms in _TERMS.items()
        for term in terms
        for place in range(len(text))
        if text.startswith(term, place)
    ]
    name, title = channel
    return Told(
        channel=name,
        channel_title=title,
        kind=kind,
        text=text,
        tags=(*(name for name in _TERMS if any(match.watchlist == name for match in matches)), *lost),
        matches=tuple(matches),
        found_at=at + timedelta(minutes=4 if kind is ChangeKind.NEW else 95),
        published_at=at,
        url=f"https://example.org/{name}/{4000 - minutes}",
        forwarded_from=forwarded_from,
        before=before,
        media=media,
        grade=grade,
        lost=lost,
        last_seen_at=None if kind is ChangeKind.NEW else at + timedelta(minutes=85),
    )


def sample_told() -> tuple[Told, ...]:
    """Return the changes of the sample."""
    harbour, trade, lantern = ("harbours", _HARBOUR), ("fairs", _TRADE), ("lanterne", _LANTERN)
    shared = "The BRICS working group on lighthouses has agreed on a common form for tide tables."
    return (
        _told(
            1310,
            harbour,
            "Harbour Minister Ada Quill met the heads of delegation of the BRICS countries in Port Amity.\n\n"
            "The talks dealt with tide tables, pilot fees and the winter timetable of the ferries. A joint paper is to"
            " follow by the end of the month.",
            media=(Media("photo"), Media("document", "timetable.pdf")),
        ),
        _told(1100, harbour, shared),
        _told(1085, lantern, shared, forwarded_from=_HARBOUR),
        _told(
            930,
            trade,
            "О предстоящей ярмарке стран БРИКС\n\nМинистр ярмарок Глеб Самоцветов рассказал журналистам о подготовке"
            " осенней ярмарки. Ожидаются участники из стран БРИКС и СНГ, всего около 340 мастеров.",
        ),
        _told(
            610,
            lantern,
            "À la CEI, les horlogers préparent leur congrès : douze ateliers, trois langues et une seule heure"
            " officielle. « Nous serons ponctuels », promet la présidente.",
        ),
        _told(
            480,
            trade,
            "Совет СНГ по картографии соберётся 4 декабря в Ясногорске.",
            kind=ChangeKind.EDITED,
            before="Совет СНГ по картографии соберётся 27 ноября в Ясногорске.",
            grade="substantive",
        ),
        _told(
            300,
            harbour,
            "The ferry line to Ukraine carried 1,200 passengers in October, the ministry says.",
            kind=ChangeKind.EDITED,
            before="The ferry line to Ukraine carried 2,100 passengers in October, the ministry said.",
            grade="substantive",
        ),
        _told(
            220,
            harbour,
            "The tide tables for the winter have been printed and can be had at every pier.",
            kind=ChangeKind.EDITED,
            before="The tide tables agreed on with BRICS partners have been printed and can be had at every pier.",
            grade="substantive",
            lost=("BRICS",),
        ),
        _told(140, lantern, "Un orchestre d’Ukraine jouera samedi sur le port.", kind=ChangeKind.DELETED),
    )


def sample_digest(*, language: str = "en", timezone: str = "Europe/Paris") -> Digest:
    """Return the sample as a digest."""
    return build_digest(
        sample_told(),
        recipient="desk",
        watchlists=tuple(_TERMS),
        since=_UNTIL - timedelta(days=1),
        until=_UNTIL,
        timezone=timezone,
        language=language,
        checked=3,
        channels=4,
        failing=("Bureau of Maps",),
        gaps=(Gap("Bureau of Maps", _UNTIL - timedelta(hours=9), _UNTIL - timedelta(hours=2), at_most=12),),
        retagged=(Retagged("BRICS", added=14, removed=3), Retagged("Ukraine", added=0, removed=1)),
        unlisted={"cosmetic": 7, "minor": 2},
    )
