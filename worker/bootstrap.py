"""Settings -> wired jobs: the only place where adapters are made. Settings stop here."""

import contextlib
import gc
import os
import random
import re
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from worker.adapters.files import SETTLE, FileExport, FileProblem, find_exports, read_new, time_to_settle
from worker.adapters.guard import AddressGuard, guarded_client
from worker.adapters.http import HttpFetcher, host_name
from worker.adapters.mail import Mailer, message_id
from worker.adapters.store import Store
from worker.adapters.store.engine import open_engine, require_current, single_instance
from worker.adapters.templates import Templates
from worker.adapters.webhook import WebhookSender
from worker.config import Channel as ChannelSettings
from worker.config import Digest as DigestSettings
from worker.config import Mail, Recipient, Settings
from worker.core.announce import Subscription
from worker.core.digest import from_payload
from worker.core.models import Outcome, Result
from worker.core.parse import VERSION as PARSER_VERSION
from worker.core.record import Delivery
from worker.core.schedule import MAIL_BACKOFF, WEBHOOK_BACKOFF
from worker.core.watchlist.matcher import Matcher
from worker.jobs.check import Bounds, Channel, ChannelChecked, Rules, Sources, Trial, check_channels, try_channel
from worker.jobs.deliver import DeliveryAttempted, Way, deliver_due
from worker.jobs.digest import DigestEnqueued, DigestPlan, enqueue_digests
from worker.jobs.hold import approve, rebaseline
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
    """The wired jobs: one round is `check`, `digests`, `deliver`, in this order."""

    store: Store
    check: Callable[[Callable[[], bool]], Iterator[ChannelChecked]]
    digests: Callable[[], Iterator[DigestEnqueued]]
    deliver: Callable[[Callable[[], bool]], Iterator[DeliveryAttempted]]


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
        channels = {channel.name: _channel(channel) for channel in settings.channels}
        store.set_up_channels(
            {channel.name: channel.source for channel in channels.values()}, clock(), parser_version=PARSER_VERSION
        )
        files = _file_reader(settings.fetch.max_bytes, clock, settle, wait)
        sources = _sources(settings, client, files, store)
        parallel = {host_name(name): host.parallel for name, host in settings.fetch.host.items()}
        bounds = Bounds(parallel=parallel, per_host=per_host, host_time=host_time)
        rules = _rules(settings)
        plans = [_plan(recipient, settings) for recipient in settings.recipients if recipient.digest]
        ways = _ways(settings, hook_client, tls_context)
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
                stopping=stopping,
            )

        yield Watch(
            store=store,
            check=check,
            digests=lambda: enqueue_digests(plans, store=store, now=clock(), most=settings.limits.digest_posts),
            deliver=lambda stopping: deliver_due(ways, store=store, clock=clock, jitter=jitter, stopping=stopping),
        )


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
    (channel,) = (_channel(known) for known in settings.channels if known.name == name)
    url = None if channel.is_files else channel.source
    if choice.username is None and url and (found := _TELEGRAM_NAME.match(url)):
        choice = replace(choice, username=found[1])
    rules = _rules(settings)
    engine = open_engine(settings.storage.full_url())
    with contextlib.ExitStack() as stack:
        stack.callback(engine.dispose)
        stack.enter_context(single_instance(engine))
        require_current(engine)
        stack.enter_context(_seldom_collecting())
        store = Store(engine)
        if store.channel_state(name) is None:
            store.set_up_channels({name: channel.source}, clock(), parser_version=PARSER_VERSION)
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

    Raises StoreError.
    """
    state = open_store(settings).status([channel.name for channel in settings.channels])
    for channel in state["channels"]:
        channel["bad_files"] = [bad for bad in channel["bad_files"] if _is_there(bad["path"])]
    return state


def _is_there(path: str) -> bool:
    """Say whether a file is there; ``archive.zip!member`` is as long as the archive is."""
    return os.path.lexists(path) or os.path.lexists(path.partition("!")[0])


def decide_held(settings: Settings, name: str, *, tell: bool) -> int:
    """Carry out a person's decision on the held changes of a channel; return how many there were. Raises StoreError."""
    store = open_store(settings)
    if tell:
        return approve(name, store=store, subscriptions=_rules(settings).subscriptions, now=utc_now())
    return rebaseline(name, store=store)


def look_at_channel(settings: Settings, name: str) -> list[Trial]:
    """Fetch one channel now and return what a check would do; nothing is written. Raises StoreError, ConfigError."""
    store = open_store(settings)
    (channel,) = (_channel(known) for known in settings.channels if known.name == name)
    guard = AddressGuard(tuple(str(network) for network in settings.fetch.allow_networks))
    with guarded_client(guard, timeout_seconds=settings.fetch.timeout.total_seconds()) as client:
        files = _file_reader(settings.fetch.max_bytes, utc_now, timedelta(0), None)
        sources = _sources(settings, client, files, store)
        return list(try_channel(channel, store=store, sources=sources, rules=_rules(settings), now=utc_now()))


def _channel(channel: ChannelSettings) -> Channel:
    source = channel.url or channel.path
    assert source is not None
    return Channel(
        name=channel.name,
        source=source,
        every=channel.every,
        slowest=channel.slowest,
        host=host_name(urlsplit(channel.url).hostname or "") if channel.url else f"file:{channel.name}",
        format=channel.format,
        title=channel.title if "title" in channel.model_fields_set else None,
        announce_first=channel.announce_first,
        selectors=channel.selectors.selectors() if channel.selectors else None,
        is_files=channel.path is not None,
    )


def _file_reader(
    max_bytes: int, clock: Callable[[], datetime], settle: timedelta, wait: Callable[[float], object] | None
) -> Callable[[str, Mapping[str, str]], Iterator[FileExport | FileProblem]]:
    def read(pattern: str, seen: Mapping[str, str]) -> Iterator[FileExport | FileProblem]:
        # once only: a file that goes on growing is left for the next check
        if wait and (pause := time_to_settle(pattern, seen, now=clock(), settle=settle)):
            wait(pause.total_seconds())
        return read_new(pattern, seen, now=clock(), settle=settle, max_bytes=max_bytes)

    return read


def _sources(
    settings: Settings,
    client: httpx.Client,
    files: Callable[[str, Mapping[str, str]], Iterator[FileExport | FileProblem]],
    store: Store,
) -> Sources:
    hosts = settings.fetch.host
    fetcher = HttpFetcher(
        client,
        contact=settings.fetch.contact,
        timeout=settings.fetch.timeout,
        spacing=settings.fetch.spacing,
        host_spacing={name: host.spacing for name, host in hosts.items() if host.spacing is not None},
        host_parallel={name: host.parallel for name, host in hosts.items()},
        robots=settings.fetch.robots,
        host_robots={name: host.robots for name, host in hosts.items() if host.robots is not None},
        max_bytes=settings.fetch.max_bytes,
    )
    return Sources(
        fetch=fetcher.fetch,
        files=files,
        known=store.seen_by_checks,
        pages_back=settings.limits.pages_back,
    )


def _rules(settings: Settings) -> Rules:
    return Rules(
        matcher=Matcher(settings.watchlists),
        subscriptions=[
            _subscription(recipient, settings)
            for recipient in settings.recipients
            if recipient.alerts or recipient.digest
        ],
        operators=[recipient.name for recipient in settings.recipients if recipient.notices],
        hold_above=settings.limits.hold_above,
    )


def _subscription(recipient: Recipient, settings: Settings) -> Subscription:
    names = recipient.watchlists or tuple(watchlist.name for watchlist in settings.watchlists)
    channels = None if recipient.channels is None else frozenset(recipient.channels)
    return Subscription(recipient.name, frozenset(names), channels, alerts=recipient.alerts)


def _plan(recipient: Recipient, settings: Settings) -> DigestPlan:
    digest = recipient.digest
    assert digest is not None
    return DigestPlan(
        recipient=recipient.name,
        at=digest.at,
        timezone=digest.timezone,
        language=digest.language,
        watchlists=recipient.watchlists or tuple(watchlist.name for watchlist in settings.watchlists),
        channels=recipient.channels or tuple(channel.name for channel in settings.channels),
    )


def _ways(settings: Settings, client: httpx.Client, tls_context: ssl.SSLContext | None) -> Mapping[str, Way]:
    templates = Templates()
    hooks = WebhookSender(client)
    mailer = _mailer(settings.mail, tls_context) if settings.mail else None
    ways = {}
    for recipient in settings.recipients:
        if recipient.email and mailer and settings.mail:
            ways[recipient.name] = _by_mail(recipient, mailer, templates, settings.mail.sender)
        else:
            ways[recipient.name] = _by_webhook(recipient, hooks)
    return ways


def _mailer(mail: Mail, tls_context: ssl.SSLContext | None) -> Mailer:
    return Mailer(
        host=mail.host,
        port=mail.port,
        security=mail.security,
        user=mail.user,
        password=mail.password.read if mail.password else None,
        sender=mail.sender,
        tls_context=tls_context,
    )


def _by_mail(recipient: Recipient, mailer: Mailer, templates: Templates, sender: str) -> Way:
    address = recipient.email
    assert address is not None
    domain = sender.rpartition("@")[2].rstrip("> ")
    wishes = recipient.digest or DigestSettings(at=time(), timezone="UTC", language="en")

    def send(delivery: Delivery, now: datetime) -> Outcome:
        if delivery.kind == "notice":
            rendered = templates.render_notice(
                delivery.payload, recipient=recipient.name, language=wishes.language, timezone=wishes.timezone
            )
        else:
            rendered = templates.render_digest(from_payload(delivery.payload))
        return mailer.send(to=address, rendered=rendered, message_id=message_id(delivery.id, domain), date=now)

    return Way(send, MAIL_BACKOFF)


def _by_webhook(recipient: Recipient, hooks: WebhookSender) -> Way:
    def send(delivery: Delivery, now: datetime) -> Outcome:
        if recipient.webhook is None or recipient.secret is None:
            return Outcome(Result.PERMANENT, "this recipient has no webhook any more")
        return hooks.send(
            url=recipient.webhook,
            secret=recipient.secret.read(),
            webhook_id=f"msg_{delivery.id}",
            now=now,
            payload=delivery.payload,
        )

    return Way(send, WEBHOOK_BACKOFF)
