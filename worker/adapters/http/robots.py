"""Asks robots.txt (RFC 9309) before web pages are fetched, and remembers for a day what it says.

It is not asked for feeds, which are made for programs, nor for the previews of Telegram, which are made to be shown
elsewhere. Whether an address is a web page is only known once it has answered, so the first answer of a page that may
not be fetched is thrown away; from then on the page is not asked for any more.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx

from worker.adapters.http.addresses import host_name, origin, shown
from worker.adapters.http.exchange import AGENT
from worker.core.models import Fetched
from worker.core.robots import Robots, read_robots
from worker.core.unexpected_page import is_web_page
from worker.errors import FetchError, FetchProblem

#: section 2.4
_KEEP = timedelta(hours=24).total_seconds()
#: for which no answer counts as a no (section 2.3.1.4)
_KEEP_NO_ANSWER = timedelta(hours=1).total_seconds()
#: with every name below them
_PREVIEW_HOSTS = ("t.me", "telegram.me", "telegram.dog")
#: no answer; with any other problem there is no robots.txt, and everything is allowed (section 2.3.1.3)
_UNREACHABLE = frozenset({FetchProblem.SERVER, FetchProblem.NETWORK, FetchProblem.LIMITED})
#: sites and addresses are forgotten beyond this number
_MAX_KNOWN = 10_000

Origin = tuple[str, str, int | None]


@dataclass(frozen=True, slots=True)
class _Copy:
    """What a site's robots.txt said."""

    #: None: it could not be read, and no older copy is at hand
    robots: Robots | None
    good_until: float
    #: why it could not be read; None: it could
    problem: str | None = None


class RobotsGate:
    """Says whether a web page may be fetched; one for the process, used from several threads.

    Args:
        read: fetches a robots.txt, which may be empty; raises FetchError.
        wanted: whether robots.txt is asked at all.
        host_wanted: exceptions by host name.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        read: Callable[[httpx.URL], Fetched],
        *,
        wanted: bool,
        host_wanted: Mapping[str, bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._wanted = wanted
        self._host_wanted = {host_name(host): each for host, each in host_wanted.items()}
        self._clock = clock
        self._lock = threading.Lock()
        self._copies: dict[Origin, _Copy] = {}
        #: addresses that answered with a web page
        self._pages: set[httpx.URL] = set()

    def before(self, url: httpx.URL) -> None:
        """Refuse `url` before it is asked for, if it is known for a web page.

        Raises:
            FetchError: it may not be fetched.
        """
        if url in self._pages:
            self._check(url)

    def after(self, url: httpx.URL, answer: Fetched) -> None:
        """Refuse what `url` answered, if that is a web page.

        Raises:
            FetchError: it should not have been fetched.
        """
        if not self._applies(url.host) or not is_web_page(answer.body, answer.content_type):
            return
        with self._lock:
            if len(self._pages) >= _MAX_KNOWN:
                self._pages.clear()
            self._pages.add(url)
        self._check(url)

    def _applies(self, host: str) -> bool:
        preview = any(host == known or host.endswith(f".{known}") for known in _PREVIEW_HOSTS)
        return self._host_wanted.get(host, self._wanted and not preview)

    def _check(self, url: httpx.URL) -> None:
        copy = self._copy(url)
        remedy = f'ask the owner of the site, or set robots = false in [fetch.host."{url.host}"]'
        if copy.robots is None:
            no_answer = f"robots.txt cannot be read, which counts as a no ({copy.problem})"
            raise FetchError(f"{shown(url)} is left alone: {no_answer}; {remedy}", kind=FetchProblem.REFUSED)
        if not copy.robots.allow(url.raw_path.decode("ascii")):
            message = f"{shown(url)} may not be fetched by programs, says the site's robots.txt; {remedy}"
            raise FetchError(message, kind=FetchProblem.REFUSED)

    def _copy(self, url: httpx.URL) -> _Copy:
        site, now = origin(url), self._clock()
        held = self._copies.get(site)
        if held is not None and held.good_until > now:
            return held
        # two threads may both ask: seldom, and harmless
        copy = self._fresh_copy(url, held, now)
        with self._lock:
            if len(self._copies) >= _MAX_KNOWN:
                self._copies.clear()
            self._copies[site] = copy
        return copy

    def _fresh_copy(self, url: httpx.URL, held: _Copy | None, now: float) -> _Copy:
        try:
            answer = self._read(url.copy_with(raw_path=b"/robots.txt"))
        except FetchError as error:
            if error.kind not in _UNREACHABLE:
                return _Copy(Robots(), now + _KEEP)
            older = held.robots if held else None
            return _Copy(older, now + _KEEP_NO_ANSWER, problem=str(error))
        # many sites answer every unknown address with a page
        if is_web_page(answer.body, None):
            return _Copy(Robots(), now + _KEEP)
        return _Copy(read_robots(answer.body, agent=AGENT), now + _KEEP)
