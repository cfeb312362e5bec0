"""By which rules each watchlist tags, and the tagging of the history by changed ones. Decides no match itself.

Every portion is one short transaction: matches, counts and how far it has come are kept together, so that a process
that dies goes on where it was. Only the present texts of posts that the source still shows are tagged anew: what
replaced texts and deleted posts were tagged with belongs to what was found then.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from worker.adapters.store.base import Transactions
from worker.adapters.store.bulk import pieces
from worker.adapters.store.schema import counter, digest, match, post, retagged, tagging
from worker.core.models import Match, Media, Post
from worker.core.retagging import GONE, Portion, Retagged, Retagging, StoredText

#: name of the counter that says that the rules of the watchlists are known
_KNOWN = "tagging"
#: whether a post is tagged anew: its source still shows it, and its text is there
_IS_TAGGED = ((post.c.state == "live") & post.c.pruned_at.is_(None)).label("is_tagged")
#: what rules can ask of a post
_POST = (
    post.c.row_id,
    post.c.channel,
    post.c.revision,
    _IS_TAGGED,
    post.c.text,
    post.c.edited,
    post.c.forwarded_from,
    post.c.author,
    post.c.links,
    post.c.media,
)

#: where a match stands: row of the post, watchlist, term, start, end
_Place = tuple[int, str, str, int, int]


class Tagging(Transactions):
    """The part of the store that knows by which rules posts were tagged."""

    def set_up_tagging(self, fingerprints: Mapping[str, str], now: datetime) -> None:
        """Note by which rules posts are tagged from now on; what was tagged by others is to be tagged anew.

        The first time nothing is known of the posts there are: they count as tagged by these rules.

        Args:
            fingerprints: of the rules of each watchlist, by name.
            now: the present.
        """
        with self._writing() as connection:
            known = {row.watchlist: row for row in connection.execute(select(tagging))}
            ends = connection.execute(select(func.min(post.c.row_id), func.max(post.c.row_id))).one()
            if connection.execute(select(counter.c.value).where(counter.c.name == _KNOWN)).first() is None:
                connection.execute(counter.insert().values(name=_KNOWN, value=1))
                others = set(connection.execute(select(match.c.watchlist).distinct()).scalars()) - fingerprints.keys()
                fresh = [_row(name, mark, now, ends, finished=True) for name, mark in fingerprints.items()]
                fresh += [_row(name, GONE, now, ends) for name in sorted(others)]
            else:
                wanted = {**dict.fromkeys(known, GONE), **fingerprints}
                changed = [n for n, mark in wanted.items() if n not in known or known[n].fingerprint != mark]
                fresh = [_row(name, wanted[name], now, ends, known.get(name)) for name in changed]
            if fresh:
                names = [row["watchlist"] for row in fresh]
                connection.execute(delete(tagging).where(tagging.c.watchlist.in_(names)))
                connection.execute(tagging.insert(), fresh)

    def untagged(self, most: int) -> Portion | None:
        """Return up to `most` of the newest posts that are to be tagged anew; None: there are none."""
        with self._reading() as connection:
            rows = connection.execute(select(tagging).where(tagging.c.finished_at.is_(None))).all()
            if not rows:
                return None
            top = max(row.done_row for row in rows)
            # down to where others were left: from there on all go together
            floor = max((row.done_row for row in rows if row.done_row < top), default=0)
            chosen = {row.watchlist: row.fingerprint for row in rows if row.done_row == top}
            within = (post.c.row_id < top, post.c.row_id >= floor)
            found = connection.execute(select(*_POST).where(*within).order_by(post.c.row_id.desc()).limit(most)).all()
        bottom = found[-1].row_id if len(found) == most else floor
        return Portion(chosen, top, bottom, tuple(_stored(row) for row in found if row.is_tagged), len(found))

    def record_tagged(self, portion: Portion, matches: Mapping[int, Sequence[Match]], now: datetime) -> list[Retagging]:
        """Keep the `matches` of the posts of a portion, by row, and how far it has come: all or nothing.

        A post that was edited or deleted meanwhile is left alone: it was tagged by the new rules then. Returns how far
        each watchlist is.
        """
        with self._writing() as connection:
            rows = connection.execute(
                select(tagging)
                .where(
                    tagging.c.watchlist.in_(list(portion.watchlists)),
                    tagging.c.finished_at.is_(None),
                    tagging.c.done_row == portion.top,
                )
                .order_by(tagging.c.watchlist)
            ).all()
            states = [row for row in rows if row.fingerprint == portion.watchlists[row.watchlist]]
            turned = self._replace(connection, portion, matches)
            return [_keep(connection, row, portion.bottom, turned.get(row.watchlist, (0, 0)), now) for row in states]

    def retaggings(self) -> list[Retagging]:
        """Return the watchlists for which history is still being tagged anew, by name."""
        with self._reading() as connection:
            return read_retaggings(connection)

    def last_sent_digest(self, recipient: str) -> datetime | None:
        """Return the end of the newest period of which the recipient was told anything; None: of none yet."""
        statement = select(func.max(digest.c.until)).where(
            digest.c.recipient == recipient, digest.c.delivery_id.is_not(None)
        )
        with self._reading() as connection:
            found: datetime | None = connection.execute(statement).scalar_one()
        return found

    def retagged(self, names: Collection[str], *, after: datetime, until: datetime) -> list[Retagged]:
        """Return what finished after `after` and up to `until` for these watchlists, one value for each, by name."""
        statement = (
            select(retagged)
            .where(retagged.c.finished_at > after, retagged.c.finished_at <= until)
            .order_by(retagged.c.retagged_id)
        )
        found: dict[str, Retagged] = {}
        with self._reading() as connection:
            for row in connection.execute(statement):
                if row.watchlist in names:
                    one = found.get(row.watchlist, Retagged(row.watchlist, 0, 0))
                    sums = one.added + row.added, one.removed + row.removed
                    found[row.watchlist] = Retagged(row.watchlist, *sums, one.is_new or row.is_new)
        return [found[name] for name in sorted(found)]

    def _replace(
        self, connection: Connection, portion: Portion, matches: Mapping[int, Sequence[Match]]
    ) -> dict[str, tuple[int, int]]:
        """Replace matches that are not right any more; return how many posts gained and lost each watchlist."""
        gone = [name for name, mark in portion.watchlists.items() if mark == GONE]
        changed = [name for name, mark in portion.watchlists.items() if mark != GONE]
        before = _untag(connection, portion, gone) if gone else {}
        read = {one.row: one.revision for one in portion.posts}
        for chunk in pieces(list(read)) if changed else ():
            present = connection.execute(
                select(post.c.row_id, post.c.revision).where(post.c.row_id.in_(chunk), _IS_TAGGED)
            )
            rows = {row for row, revision in present if revision == read[row]}
            old = _stored_matches(connection, sorted(rows), changed)
            new = {
                (row, hit.watchlist, hit.term, hit.start, hit.end): None for row in rows for hit in matches.get(row, ())
            }
            for name, (added, removed) in _turned(old, new).items():
                sums = before.get(name, (0, 0))
                before[name] = (sums[0] + added, sums[1] + removed)
            _delete(connection, [number for place, numbers in old.items() if place not in new for number in numbers])
            fresh = [_match_row(place, read[place[0]]) for place in new if place not in old]
            if fresh:
                connection.execute(match.insert(), fresh)
        return before


def read_retaggings(connection: Connection) -> list[Retagging]:
    """Return the watchlists for which history is still being tagged anew, by name."""
    unfinished = select(tagging).where(tagging.c.finished_at.is_(None)).order_by(tagging.c.watchlist)
    return [_progress(row, row.done_row, row.added, row.removed) for row in connection.execute(unfinished)]


def _row(
    name: str, mark: str, now: datetime, ends: Sequence[int | None], before: Any = None, *, finished: bool = False
) -> dict[str, Any]:
    """Return the row of a watchlist with new rules; what an unfinished tagging `before` it has done counts on."""
    first, last = ends
    is_known = before is not None and before.fingerprint != GONE
    goes_on = is_known and mark != GONE and before.finished_at is None
    return {
        "watchlist": name,
        "fingerprint": mark,
        "is_new": before.is_new if goes_on else not is_known,
        "started_at": now,
        "from_row": first or 1,
        "done_row": (last or 0) + 1,
        "last_row": last or 0,
        "added": before.added if goes_on else 0,
        "removed": before.removed if goes_on else 0,
        "finished_at": now if finished else None,
    }


def _keep(connection: Connection, row: Any, bottom: int, turned: tuple[int, int], now: datetime) -> Retagging:
    """Keep how far one watchlist is."""
    added, removed = row.added + turned[0], row.removed + turned[1]
    finished = bottom <= row.from_row
    here = tagging.c.watchlist == row.watchlist
    if finished and row.fingerprint == GONE:
        connection.execute(delete(tagging).where(here))
    else:
        values = {"done_row": bottom, "added": added, "removed": removed, "finished_at": now if finished else None}
        connection.execute(update(tagging).where(here).values(**values))
    if finished and row.fingerprint != GONE and (added or removed):
        line = {"watchlist": row.watchlist, "is_new": row.is_new, "added": added, "removed": removed}
        connection.execute(retagged.insert().values(finished_at=now, **line))
    return _progress(row, bottom, added, removed)


def _progress(row: Any, done: int, added: int, removed: int) -> Retagging:
    whole = row.last_row + 1 - row.from_row
    finished = done <= row.from_row
    percent = 100 if finished else 100 * (row.last_row + 1 - done) // whole
    return Retagging(row.watchlist, row.started_at, percent, added, removed, finished)


def _untag(connection: Connection, portion: Portion, names: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Take watchlists from all posts of a portion, those that are deleted too; return the numbers of posts."""
    within = (match.c.post_row >= portion.bottom, match.c.post_row < portion.top, match.c.watchlist.in_(names))
    statement = (
        select(match.c.match_id, match.c.post_row, match.c.watchlist)
        .join(post, post.c.row_id == match.c.post_row)
        .where(*within, match.c.revision == post.c.revision)
    )
    rows = connection.execute(statement).all()
    _delete(connection, [row.match_id for row in rows])
    posts = {(row.watchlist, row.post_row) for row in rows}
    return {name: (0, sum(watchlist == name for watchlist, _ in posts)) for name in names}


def _stored_matches(connection: Connection, rows: Sequence[int], names: Sequence[str]) -> dict[_Place, list[int]]:
    """Return place -> numbers of the matches of present revisions that stand there."""
    found: dict[_Place, list[int]] = {}
    statement = (
        select(match)
        .join(post, (post.c.row_id == match.c.post_row) & (post.c.revision == match.c.revision))
        .where(match.c.post_row.in_(rows), match.c.watchlist.in_(names))
    )
    for row in connection.execute(statement):
        found.setdefault((row.post_row, row.watchlist, row.term, row.start, row.end), []).append(row.match_id)
    return found


def _turned(old: Iterable[_Place], new: Iterable[_Place]) -> dict[str, tuple[int, int]]:
    """Return for each watchlist how many posts gained and lost it."""
    had = {(watchlist, row) for row, watchlist, *_ in old}
    has = {(watchlist, row) for row, watchlist, *_ in new}
    turned: dict[str, tuple[int, int]] = {}
    for watchlist, row in had ^ has:
        added, removed = turned.get(watchlist, (0, 0))
        gained = (watchlist, row) in has
        turned[watchlist] = (added + gained, removed + (not gained))
    return turned


def _delete(connection: Connection, numbers: Sequence[int]) -> None:
    for chunk in pieces(numbers):
        connection.execute(delete(match).where(match.c.match_id.in_(chunk)))


def _match_row(place: _Place, revision: int) -> dict[str, object]:
    row, watchlist, term, start, end = place
    where = {"post_row": row, "revision": revision, "start": start, "end": end}
    return {**where, "watchlist": watchlist, "term": term, "backfill": True}


def _stored(row: Any) -> StoredText:
    shown = Post(
        text=row.text,
        edited=row.edited,
        forwarded_from=row.forwarded_from,
        author=row.author,
        links=tuple(row.links or ()),
        media=tuple(Media(media["kind"], media["title"]) for media in row.media or ()),
    )
    return StoredText(row.row_id, row.channel, row.revision, shown)
