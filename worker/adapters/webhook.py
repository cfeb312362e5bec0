"""One change -> one signed POST by the rules of Standard Webhooks 1.0.0.

Whatever the other side does is an `Outcome`, never an exception. Does not retry and follows no redirect. Which networks
may be reached is decided by the client it is given.
"""

import base64
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx
from standardwebhooks import Webhook

from worker.core.excerpt import one_line
from worker.core.models import Outcome, Result
from worker.core.payload import body_of
from worker.core.retry_after import retry_after_seconds

#: of an answer that is no success, for the outcome's words
_ANSWER_BYTES = 2_000
_WORDS_CHARS = 300
#: spec: 24 to 64 bytes
_KEY_BYTES = range(24, 65)

#: What a status means; every other one that is no 2xx is temporary too, because an operator or the receiver can mend
#: it, and until then nothing is lost. Only 410 says that the endpoint is gone for good.
_REMEDIES = {
    400: "the receiver cannot read the body",
    401: "the receiver wants a login or does not accept the signature",
    403: "the receiver does not accept the signature",
    404: "there is nothing at this address",
    405: "this address takes no POST",
    410: "the receiver is gone for good",
    413: "the receiver takes no body of this size",
    429: "too many requests",
}


class WebhookSender:
    """Sends webhooks.

    Args:
        client: how to reach the network; its own redirects setting is overruled.
        timeout_seconds: for connecting and for each read; twice this for the whole answer.
    """

    def __init__(self, client: httpx.Client, *, timeout_seconds: float = 20) -> None:
        self._client = client
        self._timeout_seconds = timeout_seconds

    def send(self, *, url: str, secret: str, webhook_id: str, now: datetime, payload: Mapping[str, object]) -> Outcome:
        """Sign and post one message.

        Args:
            url: the receiver's address; it never stands in an outcome, because it may hold a token.
            secret: ``whsec_`` and the base64 of 24 to 64 bytes; several with blanks between while keys are rotated.
            webhook_id: the same on every try, so that the receiver can drop doubles.
            now: the time of this try, aware; receivers refuse a signature older than five minutes.
            payload: the message, as `worker.core.hook.hook_body` makes it.
        """
        body = body_of(payload)
        # the library takes the clock's face of any zone for UTC
        sent_at = now.astimezone(UTC)
        try:
            signature = " ".join(_key(one).sign(webhook_id, sent_at, body) for one in secret.split())
        except ValueError:  # binascii.Error is one
            signature = ""
        if not signature:
            return Outcome(
                Result.PERMANENT,
                "the webhook's secret cannot be used; whsec_ and the base64 of 24 to 64 bytes is right",
            )
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "Watchword",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": signature,
        }
        return self._post(url, body.encode(), headers, sent_at)

    def _post(self, url: str, body: bytes, headers: Mapping[str, str], now: datetime) -> Outcome:
        try:
            with self._client.stream(
                "POST", url, content=body, headers=headers, follow_redirects=False, timeout=self._timeout_seconds
            ) as response:
                return self._outcome(response, now)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
            return Outcome(Result.PERMANENT, "the webhook's address cannot be used; https://host/path would be right")
        except httpx.TimeoutException:
            return Outcome(Result.TEMPORARY, f"the receiver did not answer within {self._timeout_seconds:g} s")
        except (httpx.HTTPError, OSError) as error:
            words = str(error).replace(url, "the webhook") or type(error).__name__
            return Outcome(Result.TEMPORARY, one_line(f"the receiver cannot be reached: {words}", _WORDS_CHARS))

    def _outcome(self, response: httpx.Response, now: datetime) -> Outcome:
        status = response.status_code
        if response.is_success:
            return Outcome(Result.SENT, f"{status} {response.reason_phrase}".strip())
        remedy = "redirects are not followed, set the final address" if status // 100 == 3 else _REMEDIES.get(status)
        parts = (f"the receiver answered {status}", remedy, self._words(response))
        wait = retry_after_seconds(
            response.headers.get("retry-after"), date=response.headers.get("date"), received_at=now
        )
        is_gone = status == httpx.codes.GONE
        return Outcome(
            Result.PERMANENT if is_gone else Result.TEMPORARY,
            one_line(": ".join(part for part in parts if part), _WORDS_CHARS),
            None if wait is None else timedelta(seconds=wait),
            gone=is_gone,
        )

    def _words(self, response: httpx.Response) -> str:
        """Return the beginning of the answer, as it came: what is compressed is not unpacked."""
        if "content-encoding" in response.headers:
            return ""
        deadline = time.monotonic() + self._timeout_seconds
        words = b""
        try:
            for chunk in response.iter_raw():
                words += chunk
                if len(words) >= _ANSWER_BYTES or time.monotonic() > deadline:
                    break
        except httpx.HTTPError:
            # the status has been said, the rest is decoration
            pass
        return words[:_ANSWER_BYTES].decode("utf-8", "replace").strip()


def _key(secret: str) -> Webhook:
    """Read one secret.

    Raises:
        ValueError: not base64, or not of 24 to 64 bytes.
    """
    written = secret.removeprefix("whsec_")
    # some receivers hand their secrets out without the padding
    key = base64.b64decode(written + "=" * (-len(written) % 4), validate=True)
    if len(key) not in _KEY_BYTES:
        raise ValueError("a webhook's key has 24 to 64 bytes")
    return Webhook(key)
