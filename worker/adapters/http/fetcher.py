"""The fetcher: conditional GETs, redirects followed by hand, each request in its turn."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx

from worker.adapters.http.addresses import address, fetchable, shown
from worker.adapters.http.exchange import NOTHING_HELD, Exchange
from worker.adapters.http.pace import HostPace
from worker.adapters.http.robots import RobotsGate
from worker.adapters.http.wording import failed
from worker.core.models import Fetched, NotModified, Validators
from worker.core.unexpected_page import is_login_page
from worker.errors import FetchError, FetchProblem

#: of one body, as sent and as unpacked
MAX_BYTES = 20_000_000
MAX_HOPS = 10


class HttpFetcher:
    """Fetches exports; one for the whole process, used from several threads.

    Args:
        client: from `worker.adapters.guard.guarded_client`; must not follow redirects itself.
        contact: who runs this, for the User-Agent: an e-mail address or a web page; None: nobody is named.
        timeout: of one fetch, redirects and body included, waiting for our turn at the host not included.
        spacing: between two requests to one host; up to a quarter is added at random.
        host_spacing: exceptions by host name.
        host_parallel: requests to a host at the same time, by host name; 1 for all others.
        robots: whether robots.txt is asked before web pages are fetched.
        host_robots: exceptions by host name.
        max_bytes: of a body, as sent and as unpacked.
        now: the time that is written beside what was fetched.
        clock: monotonic seconds.
        sleep: waits so many seconds.
        jitter: a number from 0 to 1 for each request, see `HostPace`.
    """

    def __init__(
        self,
        client: httpx.Client,
        *,
        contact: str | None,
        timeout: timedelta,
        spacing: timedelta,
        host_spacing: Mapping[str, timedelta],
        host_parallel: Mapping[str, int] | None = None,
        robots: bool = False,
        host_robots: Mapping[str, bool] | None = None,
        max_bytes: int = MAX_BYTES,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._timeout = timeout.total_seconds()
        self._clock = clock
        self._exchange = Exchange(
            client, contact=contact, seconds=self._timeout, max_bytes=max_bytes, clock=clock, now=now
        )
        self._pace = HostPace(spacing, host_spacing, host_parallel, clock=clock, sleep=sleep, jitter=jitter)
        self._robots = RobotsGate(self._robots_txt, wanted=robots, host_wanted=host_robots or {}, clock=clock)

    def fetch(self, url: str, validators: Validators | None) -> Fetched | NotModified:
        """Fetch `url`, or learn that it has not changed.

        Args:
            url: http or https; a user name and password in it are sent to its own origin only.
            validators: what the last good answer carried, sent back verbatim; None: fetch in any case.

        Returns:
            The bytes as the server meant them, unpacked, with the address they finally came from (without user name
            and password) and the validators to send next time. Both validators are None after a temporary redirect:
            they would belong to another address than the one asked for.

        Raises:
            FetchError: for every other outcome.
        """
        try:
            first = fetchable(httpx.URL(url))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise failed(url, error, seconds=self._timeout) from error
        last, answer = self._follow(first, validators or NOTHING_HELD, before=self._robots.before)
        if isinstance(answer, NotModified):
            return answer
        if last != first and is_login_page(address(first), answer):
            message = (
                f"{shown(first)} redirects to a login page, {shown(last)}; only what everybody can read is followed"
            )
            raise FetchError(message, kind=FetchProblem.LOGIN, status=answer.status)
        self._robots.after(last, answer)
        return answer

    def _follow(
        self,
        first: httpx.URL,
        held: Validators,
        *,
        before: Callable[[httpx.URL], None] = lambda _url: None,
        may_be_empty: bool = False,
    ) -> tuple[httpx.URL, Fetched | NotModified]:
        """Follow the redirects from `first` and return the last address with its answer; `before` may refuse each."""
        target, seen, own = first, {first}, True
        left = self._timeout
        for _ in range(MAX_HOPS + 1):
            before(target)
            with self._pace.turn(target.host):
                started = self._clock()
                answer = self._exchange.ask(target, held, started + left, may_be_empty=may_be_empty)
                left -= self._clock() - started
            if isinstance(answer, Fetched | NotModified):
                moved_to = address(target) if own and target != first else None
                if isinstance(answer, Fetched) and not own:
                    answer = replace(answer, validators=NOTHING_HELD)
                return target, replace(answer, moved_to=moved_to) if moved_to else answer
            if not answer.permanent:
                held, own = NOTHING_HELD, False
            target = answer.url
            if target in seen:
                message = f"{shown(first)} redirects in a circle, to {shown(target)} again"
                raise FetchError(message, kind=FetchProblem.REDIRECT)
            seen.add(target)
        raise FetchError(f"{shown(first)} redirects more than {MAX_HOPS} times", kind=FetchProblem.REDIRECT)

    def _robots_txt(self, url: httpx.URL) -> Fetched:
        _, answer = self._follow(url, NOTHING_HELD, may_be_empty=True)
        assert isinstance(answer, Fetched)  # nothing was held
        return answer
