"""Settings -> wired jobs: the only place where adapters are made. Settings stop here."""

import contextlib
import gc
import os
import random
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from worker.adapters.files import SETTLE, find_exports
from worker.adapters.guard import AddressGuard, guarded_client
from worker.adapters.http import host_name
from worker.adapters.store import Store
from worker.adapters.store.engine import open_engine, require_current, single_instance
from worker.bootstrap.feeds import feeds_of
from worker.bootstrap.recipients import addresses_of, pace_of, plan_of, rules_of, ways_of
from worker.bootstrap.sources import channel_of, evidence_of, file_reader, sources_of
from worker.config import Settings
from worker.core.parse import VERSION as PARSER_VERSION
from worker.core.watchlist.definition import fingerprints
from worker.jobs.check import Bounds, ChannelChecked, Trial, check_channels, try_channel
from worker.jobs.deliver import DeliveryAttempted, deliver_due
from worker.jobs.digest import DigestEnqueued, enqueue_digests
from worker.jobs.hold import approve, rebaseline
from worker.jobs.index import PostsIndexed, index_posts
from worker.jobs.prune import EvidencePolicy, Pruned, Retention, prune_when_due
from worker.jobs.publish import FeedWritten, publish_feeds
from worker.jobs.release import release_alerts
from worker.jobs.retag import PostsRetagged, retag_posts
from worker.jobs.take_in import Choice, Step, Target, Terms, take_in

#: address of a public Telegram channel, its preview or its page for people
_TELEGRAM_NAME = re.compile(r"https?://(?:t|telegram)\.me/(?:s/)?(\w+)/?(?:\?|\Z)", re.ASCII | re.IGNORECASE)
#: how long a hook's receiver may take (Standard Webhooks proposes 15 to 30 s)
_WEBHOOK_TIMEOUT = timedelta(seconds=20)


def utc_now() -> datetime:
    """Return the present; the only clock of the jobs."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Watch:
    """The wired jobs: one round is these, but for the store, in their order."""

    store: Store
    check: Callable[[Callable[[], bool]], Iterator[ChannelChecked]]
    digests: Callable[[], Iterator[DigestEnqueued]]
    deliver: Callable[[Callable[[], bool]], Iterator[DeliveryAttempted]]
    #: writes the feeds of one's own in which something has changed
    publish: Callable[[], Iterator[FeedWritten]] = lambda: iter(())
    #: makes so many posts searchable at most
    index: Callable[[int, Callable[[], bool]], Iterator[PostsIndexed]] = lambda _most, _stopping: iter(())
    #: tags so many stored posts at most by the watchlists that have changed
    retag: Callable[[int, Callable[[], bool]], Iterator[PostsRetagged]] = lambda _most, _stopping: iter(())
    #: gives up what is too old, once a day
    prune: Callable[[Callable[[], bool]], Iterator[Pruned]] = lambda _stopping: iter(())


def open_store(settings: Settings) -> Store:
    """Open the database as it is, for reading and for a round. Raises StoreError."""
    engine = open_engine(settings.storage.full_url())
    require_current(engine)
    return Store(engine)


@contextlib.contextmanager
def open_watch(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    tls_context: ssl.SSLContext | None = None,
    settle: timedelta = SETTLE,
    wait: Callable[[float], object] | None = None,
    per_host: int | None = None,
    host_time: timedelta | None = None,
) -> Iterator[Watch]:
    """Wire the jobs and hold the database for this process alone.

    Args:
        settings: the configuration.
        clock: the time that the jobs see; the demonstration and the tests have their own.
        tls_context: certificates to trust for mail; None: those of the system.
        settle: how long a dropped file must have been left alone.
        wait: waits so many seconds, for a file that was dropped just now; None: such a file is left for the next check.
        per_host: channels of one host in one round; None: all that are due.
        host_time: after which no other channel of a host is begun in one round; None: no bound.

    Raises:
        StoreError: the database cannot be used or another instance holds it.
        EvidenceError: the evidence folder cannot be written to.
        ConfigError: a watchlist cannot be compiled.
    """
    engine = open_engine(settings.storage.full_url())
    with contextlib.ExitStack() as stack:
        stack.callback(engine.dispose)
        stack.enter_context(single_instance(engine))
        require_current(engine)
        store = Store(engine)
        store.release_abandoned(clock())
        guard = AddressGuard(tuple(str(network) for network in settings.fetch.allow_networks))
        trusted = httpx.create_ssl_context(trust_env=False)  # loading the certificates takes longer than all the rest
        client, hook_client = (
            stack.enter_context(guarded_client(guard, timeout_seconds=limit.total_seconds(), verify=trusted))
            for limit in (settings.fetch.timeout, _WEBHOOK_TIMEOUT)
        )
        channels = {channel.name: channel_of(channel) for channel in settings.channels}
        store.set_up_channels(
            {channel.name: channel.source for channel in channels.values()}, clock(), parser_version=PARSER_VERSION
        )
        files = file_reader(settings.fetch.max_bytes, clock, settle, wait)
        sources = sources_of(settings, client, files, store, clock)
        evidence = evidence_of(settings)
        if evidence is not None:
            evidence.check()
            sources = replace(sources, keep=evidence.keep)
        parallel = {host_name(name): host.parallel for name, host in settings.fetch.host.items()}
        bounds = Bounds(parallel=parallel, per_host=per_host, host_time=host_time)
        rules = rules_of(settings)
        # before anything is found: what is found from now on is tagged by these rules
        store.set_up_tagging(fingerprints(settings.watchlists), clock())
        plans = [plan_of(recipient, settings) for recipient in settings.recipients if recipient.digest]
        ways = ways_of(settings, hook_client, guard, tls_context)
        feeds = feeds_of(settings)
        paces = {recipient.name: pace_of(recipient) for recipient in settings.recipients}
        store.set_up_ways(addresses_of(settings))
        jitter = random.Random().random  # noqa: S311 - spreads requests, guards nothing

        def check(stopping: Callable[[], bool]) -> Iterator[ChannelChecked]:
            return check_channels(
                channels,
                store=store,
                sources=sources,
                rules=rules,
                clock=clock,
                jitter=jitter,
                bounds=bounds,
                evidence=evidence,
                stopping=stopping,
            )

        def deliver(stopping: Callable[[], bool]) -> Iterator[DeliveryAttempted]:
            for _ in release_alerts(paces, store=store, now=clock()):
                pass
            yield from deliver_due(
                ways, store=store, clock=clock, jitter=jitter, operators=rules.operators, stopping=stopping
            )

        yield Watch(
            store=store,
            check=check,
            digests=lambda: enqueue_digests(plans, store=store, now=clock(), most=settings.limits.digest_posts),
            deliver=deliver,
            publish=lambda: publish_feeds(feeds, store=store, now=clock()),
            index=lambda most, stopping: index_posts(store, most=most, stopping=stopping),
            retag=lambda most, stopping: retag_posts(
                rules.matcher, store=store, clock=clock, most=most, stopping=stopping
            ),
            prune=lambda stopping: prune_when_due(
                retention_of(settings), store=store, evidence=evidence, now=clock(), stopping=stopping
            ),
        )


def retention_of(settings: Settings) -> Retention:
    """Return how long what is stored is kept."""
    kept = settings.retention
    evidence = EvidencePolicy(kept.evidence, kept.evidence_bytes)
    return Retention(kept.texts, kept.revisions, kept.deliveries, evidence)


@contextlib.contextmanager
def open_import(
    settings: Settings,
    name: str,
    files: Sequence[str],
    *,
    choice: Choice,
    announce: bool = False,
    clock: Callable[[], datetime] = utc_now,
) -> Iterator[Iterator[Step]]:
    """Wire the import of files into the channel `name` and hold the database for this process alone.

    Args:
        settings: the configuration.
        name: of a channel that it has.
        files: paths and patterns.
        choice: what is known of the files; a username that is missing is taken from the channel's address.
        announce: True: what is new is told.
        clock: the time at which a batch is recorded.

    Raises:
        StoreError: the database cannot be used or another instance holds it.
        ConfigError: a watchlist cannot be compiled.
    """
    (channel,) = (channel_of(known) for known in settings.channels if known.name == name)
    url = None if channel.is_files else channel.source
    if choice.username is None and url and (found := _TELEGRAM_NAME.match(url)):
        choice = replace(choice, username=found[1])
    rules = rules_of(settings)
    engine = open_engine(settings.storage.full_url())
    with contextlib.ExitStack() as stack:
        stack.callback(engine.dispose)
        stack.enter_context(single_instance(engine))
        require_current(engine)
        stack.enter_context(_seldom_collecting())
        store = Store(engine)
        if store.channel_state(name) is None:
            store.set_up_channels({name: channel.source}, clock(), parser_version=PARSER_VERSION)
        store.set_up_tagging(fingerprints(settings.watchlists), clock())
        yield take_in(
            Target(name, channel.title or name, url, channel.selectors),
            find_exports(files, {}, now=clock(), settle=timedelta(0)),
            store=store,
            terms=Terms(rules.matcher, rules.subscriptions if announce else None),
            choice=choice,
            clock=clock,
            max_bytes=settings.fetch.max_bytes,
        )


@contextlib.contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Let the garbage collector look seldom, and never at what is there already.

    An import makes and drops millions of values, and none of them in circles: a fifth of its time goes otherwise.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def read_status(settings: Settings) -> dict[str, Any]:
    """Return the state of the channels, the outbox and the digests; a bad file that was taken away is forgotten.

    Of the recipients for whom something waits only those are named to whom nothing is sent.

    Raises StoreError.
    """
    state = open_store(settings).status([channel.name for channel in settings.channels])
    for channel in state["channels"]:
        channel["bad_files"] = [bad for bad in channel["bad_files"] if _is_there(bad["path"])]
    names = {recipient.name for recipient in settings.recipients}
    state["outbox"]["held_up"] = [
        {**one, "why": "gone" if one["recipient"] in names else "not_configured"}
        for one in state["outbox"]["held_up"]
        if (one["since"] if one["recipient"] in names else one["waiting"])
    ]
    return state


def _is_there(path: str) -> bool:
    """Say whether a file is there; ``archive.zip!member`` is as long as the archive is."""
    return os.path.lexists(path) or os.path.lexists(path.partition("!")[0])


def decide_held(settings: Settings, name: str, *, tell: bool) -> int:
    """Carry out a person's decision on the held changes of a channel; return how many there were. Raises StoreError."""
    store = open_store(settings)
    if tell:
        return approve(name, store=store, subscriptions=rules_of(settings).subscriptions, now=utc_now())
    return rebaseline(name, store=store)


def look_at_channel(settings: Settings, name: str) -> list[Trial]:
    """Fetch one channel now and return what a check would do; nothing is written. Raises StoreError, ConfigError."""
    store = open_store(settings)
    (channel,) = (channel_of(known) for known in settings.channels if known.name == name)
    guard = AddressGuard(tuple(str(network) for network in settings.fetch.allow_networks))
    with guarded_client(guard, timeout_seconds=settings.fetch.timeout.total_seconds()) as client:
        files = file_reader(settings.fetch.max_bytes, utc_now, timedelta(0), None)
        sources = sources_of(settings, client, files, store, utc_now)
        return list(try_channel(channel, store=store, sources=sources, rules=rules_of(settings), now=utc_now()))
