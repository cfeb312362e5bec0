"""Feeds of one's own: an Atom file for each, written when a change has come that it wants. Sends nothing.

A file that cannot be written delays nothing else; it is tried again in each round, and told when that begins.
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from worker.adapters.feed_file import is_there, write_whole
from worker.adapters.store import Store
from worker.adapters.templates import Translations
from worker.core.announce import Subscription
from worker.core.atom import FeedHead, atom, tag_uri
from worker.core.record import FeedState
from worker.errors import WatchwordError
from worker.log import logger


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """One Atom file: where, about what, how long."""

    #: absolute
    path: str
    title: str
    #: which changes; its name and what it says of alerts and digests do not matter
    wanted: Subscription
    #: the names of the watchlists, in the order of the configuration
    watchlists: tuple[str, ...]
    #: events in it
    most: int = 100
    language: str = "en"
    #: where it can be fetched; None: not known
    link: str | None = None

    @property
    def wishes(self) -> str:
        """A hash of all that it is made by: where that has changed, the stored changes are gone through anew."""
        one = self.wanted
        channels = None if one.channels is None else sorted(one.channels)
        chosen = (self.watchlists, channels, sorted(one.changes), one.edits.value, self.most)
        return hashlib.sha256(repr((*chosen, self.title, self.language, self.link)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FeedWritten:
    """A feed that was written, or could not be."""

    path: str
    events: int
    #: why it could not be written; None: it was
    error: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the file is not as it should be."""
        return self.error is not None


def publish_feeds(plans: Sequence[FeedPlan], *, store: Store, now: datetime) -> Iterator[FeedWritten]:
    """Write the feeds for which something has changed, or whose file is not there; yield one result for each.

    Raises:
        StoreError: the database cannot be used.
    """
    for plan in plans:
        known = store.feed_state(plan.path)
        newest, settled = store.newest_changes()
        if known and not _is_due(plan, known, newest, settled):
            continue
        state = _brought_up(plan, known or _begin(plan, now), store, newest, settled)
        body, events = _body(plan, state, store)
        written = hashlib.sha256(body).hexdigest()
        error = None
        if written != state.written or state.error is not None or not is_there(plan.path):
            error = _written(plan.path, body)
            result = FeedWritten(plan.path, events, error)
            _log(result, state.error)
            yield result
        store.record_feed(plan.path, replace(state, written=state.written if error else written, error=error))


def _is_due(plan: FeedPlan, known: FeedState, newest: int, settled: int) -> bool:
    is_same = (known.wishes, known.seen, known.settled) == (plan.wishes, newest, settled)
    return not is_same or known.error is not None or not is_there(plan.path)


def _begin(plan: FeedPlan, now: datetime) -> FeedState:
    identity = tag_uri(plan.link, now, secrets.token_hex(6))
    return FeedState(identity=identity, since=now.replace(microsecond=0), wishes="")


def _brought_up(plan: FeedPlan, state: FeedState, store: Store, newest: int, settled: int) -> FeedState:
    """Return the state with the changes found since; what was held then is looked at again."""
    after = state.settled if state.wishes == plan.wishes else 0
    wanted = (number for number, told in store.changes_back_to(after, plan.watchlists) if plan.wanted.wants(told))
    found = tuple(islice(wanted, plan.most))
    before = () if after == 0 else state.changes
    numbers = sorted({*found, *before}, reverse=True)[: plan.most]
    return replace(state, wishes=plan.wishes, seen=newest, settled=settled, changes=tuple(numbers))


def _body(plan: FeedPlan, state: FeedState, store: Store) -> tuple[bytes, int]:
    changes = store.told_again(state.changes)
    head = FeedHead(state.identity, plan.title, state.since, plan.language, plan.link)
    return atom(head, changes, plan.watchlists, Translations(plan.language)), len(changes)


def _written(path: str, body: bytes) -> str | None:
    try:
        write_whole(path, body)
    except WatchwordError as error:
        return str(error)
    return None


def _log(result: FeedWritten, before: str | None) -> None:
    if result.error is None:
        logger().info("feed_written", path=result.path, events=result.events)
    elif result.error != before:
        logger().error("feed_failed", path=result.path, error=result.error)
