"""The second look at posts that an export lacked: their own pages are asked. Runs in the reading threads.

Asks few pages in one check, and none any more once the site does not answer well. What follows from the answers is
decided in `worker.core.absence`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from worker.core.absence import Suspect, Verdict, to_ask
from worker.core.models import Fetched, NotModified, Snapshot, Validators
from worker.core.parse import feed, telegram_preview, wordpress_rest
from worker.core.parse.feed_mirror import message_name
from worker.core.parse.telegram_post import SinglePost, read_single_post, single_post_url
from worker.errors import FetchError, FetchProblem, WatchwordError
from worker.jobs.check.evidence import RawExport, raw_export

#: own pages that are asked in one check
_MOST_ASKED = 5
#: ids of an export that are kept for the next check; a longer feed loses none from its end within one pause
_MOST_KEPT = 1_000
#: formats whose absences prove something although their posts have no numbers
_LISTS = frozenset({feed.FORMAT, wordpress_rest.FORMAT})
#: an answer that will be the same for the next page
_ASK_NO_MORE = frozenset({FetchProblem.LIMITED, FetchProblem.NETWORK, FetchProblem.UNSAFE})
_VERDICTS: Mapping[SinglePost, Verdict] = {
    SinglePost.SHOWN: Verdict.SHOWN,
    SinglePost.NOT_FOUND: Verdict.GONE,
    SinglePost.UNREADABLE: Verdict.UNREACHABLE,
    SinglePost.OTHER: Verdict.NO_PAGE,
}

Fetch = Callable[[str, Validators | None], Fetched | NotModified]


def shown_ids(first_page: Snapshot) -> tuple[str, ...] | None:
    """Return the ids that the next check compares with; None for a format where that proves nothing."""
    if first_page.format not in _LISTS or not first_page.posts:
        return None
    return tuple(post.id for post in first_page.posts[:_MOST_KEPT] if post.id is not None)


def look_again(
    suspects: Sequence[Suspect], snapshot: Snapshot, source: str, fetch: Fetch, exports: list[RawExport]
) -> Mapping[int, Verdict]:
    """Ask the own pages of suspected posts that `snapshot`, fetched from `source`, still lacks; return row -> answer.

    Those that are missing in the answer are left for the next check. What their pages showed is added to `exports`.
    """
    verdicts: dict[int, Verdict] = {}
    if not suspects or not snapshot.posts:
        return verdicts
    present = {post.id for post in snapshot.posts if post.id is not None}
    if snapshot.coverage is not None:
        present.update(map(str, snapshot.coverage.ids))
    for suspect in to_ask(suspects, present, _MOST_ASKED):
        try:
            verdicts[suspect.row] = _ask(suspect, snapshot.format, source, _noting(suspect, fetch, exports))
        except FetchError as error:
            verdicts[suspect.row] = Verdict.UNREACHABLE
            if error.kind in _ASK_NO_MORE:
                break
        except WatchwordError:
            verdicts[suspect.row] = Verdict.UNREACHABLE
    return verdicts


def _noting(suspect: Suspect, fetch: Fetch, exports: list[RawExport]) -> Fetch:
    def fetch_and_note(url: str, validators: Validators | None) -> Fetched | NotModified:
        page = fetch(url, validators)
        if isinstance(page, Fetched):
            exports.append(replace(raw_export(page, ()), row=suspect.row))
        return page

    return fetch_and_note


def _ask(suspect: Suspect, format_name: str, source: str, fetch: Fetch) -> Verdict:
    if format_name == telegram_preview.FORMAT:
        return _ask_telegram(single_post_url(source, suspect.id, suspect.url), suspect.id, fetch)
    if format_name not in _LISTS:
        return Verdict.NO_PAGE
    if message := message_name(suspect.url):
        # the address of a post is but a frame, which is there for deleted posts too
        verdict = _ask_telegram(single_post_url(message.url, message.number, message.url), message.number, fetch)
    else:
        verdict = _ask_page(suspect.url, fetch)
    # what a feed shows is up to its source: without a page that can be asked, one more absence is no proof
    return Verdict.UNREACHABLE if verdict is Verdict.NO_PAGE else verdict


def _ask_telegram(url: str | None, number: str, fetch: Fetch) -> Verdict:
    if url is None:
        return Verdict.NO_PAGE
    try:
        page = fetch(url, None)
    except FetchError as error:
        # Telegram itself answers 200 for a post that is gone: this is another site, which has no such pages
        if error.kind in {FetchProblem.MISSING, FetchProblem.GONE}:
            return Verdict.NO_PAGE
        raise
    if not isinstance(page, Fetched):
        return Verdict.UNREACHABLE
    return _VERDICTS[read_single_post(page.body, number)]


def _ask_page(url: str | None, fetch: Fetch) -> Verdict:
    if url is None:
        return Verdict.NO_PAGE
    try:
        page = fetch(url, None)
    except FetchError as error:
        if error.kind in {FetchProblem.MISSING, FetchProblem.GONE}:
            return Verdict.GONE
        raise
    if not isinstance(page, Fetched) or _leads_home(url, page.url):
        return Verdict.UNREACHABLE
    return Verdict.SHOWN


def _leads_home(asked: str, answered: str) -> bool:
    """Tell whether a site sends who asks for a post to its front page: it does not say that the post is there."""
    return (
        urlsplit(answered).path in {"", "/"}
        and not urlsplit(answered).query
        and asked.rstrip("/") != answered.rstrip("/")
    )
