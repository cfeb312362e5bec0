"""What went wrong, in words and by kind: one table for statuses, one for what the libraries raise."""

import re
import ssl
from datetime import UTC, datetime

import httpx

from worker.adapters.http.addresses import one_line, shown
from worker.core.retry_after import retry_after_seconds
from worker.core.unpack import BodyError, BodyTooLargeError
from worker.errors import FetchError, FetchProblem, UnsafeAddressError

_STATUS_WORDS: dict[int, tuple[FetchProblem, str]] = {
    304: (FetchProblem.SERVER, "says that nothing has changed though we hold nothing of it"),
    401: (FetchProblem.LOGIN, "wants a user name and a password"),
    403: (FetchProblem.REFUSED, "forbids the access"),
    404: (FetchProblem.MISSING, "has no such page"),
    410: (FetchProblem.GONE, "says that the page is gone for good; take the channel out or correct its address"),
    429: (FetchProblem.LIMITED, "says that we ask too often"),
    451: (FetchProblem.REFUSED, "withholds the page for legal reasons"),
    503: (FetchProblem.SERVER, "is overloaded or under maintenance"),
    # RFC 6585 section 6
    511: (FetchProblem.LOGIN, "is hidden behind the login page of the network in between"),
}
_STATUS_CLASS_WORDS: dict[int, tuple[FetchProblem, str]] = {
    2: (FetchProblem.REFUSED, "answered without an export"),
    3: (FetchProblem.REDIRECT, "answered with a redirect that cannot be followed"),
    4: (FetchProblem.REFUSED, "refused the request"),
    5: (FetchProblem.SERVER, "failed"),
}
_NO_STATUS = (FetchProblem.SERVER, "answered outside of HTTP")

#: what OpenSSL and the system put around their words: "[Errno 111] ...", "... (_ssl.c:1006)"
_NOISE = re.compile(r"^\[[^\]]*\] | \(_ssl\.c:\d+\)$")
_NETWORK, _BAD_ADDRESS = FetchProblem.NETWORK, FetchProblem.BAD_ADDRESS

#: Most specific first. `{detail}` is the library's own text.
_ERROR_WORDS: tuple[tuple[type[Exception], FetchProblem, str], ...] = (
    (BodyTooLargeError, FetchProblem.TOO_LARGE, "sent a body that {detail}"),
    (BodyError, FetchProblem.SERVER, "sent a body that {detail}"),
    (httpx.ConnectTimeout, _NETWORK, "cannot be reached: no connection within {seconds:g} s"),
    (httpx.TimeoutException, _NETWORK, "did not finish its answer within {seconds:g} s"),
    (httpx.ConnectError, _NETWORK, "cannot be reached: {detail}"),
    (httpx.RemoteProtocolError, _NETWORK, "broke off or does not speak HTTP: {detail}"),
    (httpx.NetworkError, _NETWORK, "lost the connection: {detail}"),
    (
        httpx.UnsupportedProtocol,
        _BAD_ADDRESS,
        "cannot be fetched: the address must start with http:// or https://",
    ),
    (httpx.InvalidURL, _BAD_ADDRESS, "cannot be fetched, the address is malformed: {detail}"),
    (UnicodeError, _BAD_ADDRESS, "cannot be fetched, the address is malformed: {detail}"),
    (Exception, FetchProblem.SERVER, "cannot be fetched: {detail}"),
)


def refused(url: httpx.URL, response: httpx.Response) -> FetchError:
    """Return the error for an answer whose status is not good."""
    status = response.status_code
    kind, words = _STATUS_WORDS.get(status) or _STATUS_CLASS_WORDS.get(status // 100, _NO_STATUS)
    wait = retry_after_seconds(
        response.headers.get("retry-after"), date=response.headers.get("date"), received_at=datetime.now(UTC)
    )
    return FetchError(f"{shown(url)} {words} (status {status})", kind=kind, status=status, retry_after_seconds=wait)


def failed(url: httpx.URL | str, error: Exception, *, seconds: float) -> FetchError:
    """Return the error, in one line about `url`, for what the libraries raised; `seconds`: the whole time given."""
    kind, words = next((kind, words) for known, kind, words in _ERROR_WORDS if isinstance(error, known))
    detail = _NOISE.sub("", one_line(str(error)))
    detail = detail[:1].lower() + detail[1:]
    return FetchError(
        f"{shown(url)} {words.format(detail=detail, seconds=seconds)}",
        kind=FetchProblem.UNSAFE if _is_unsafe(error) else kind,
    )


def _is_unsafe(error: BaseException) -> bool:
    """Say whether an address that is not permitted or a bad certificate stands behind `error`."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UnsafeAddressError | ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
