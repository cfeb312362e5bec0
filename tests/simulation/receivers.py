"""Receivers that fail as real ones do, inside of the process, and the record of what reached them.

A message that was stored counts as received, whatever the sender was told afterwards.
"""

import json
import random
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from worker.core.digest import from_payload
from worker.core.models import Outcome, Result
from worker.core.record import Delivery

#: (share of the attempts, whether the message is stored, what the sender is told)
_FAULTS = (
    (0.12, False, "451 greylisted, try again later"),
    (0.05, False, "554 no service today"),
    (0.05, True, "the connection was cut before the answer"),
    (0.05, True, "no answer in time"),
    (0.03, False, "500 internal error"),
)


@dataclass(frozen=True)
class Received:
    """One message as it arrived."""

    id: str
    recipient: str
    #: alert, digest
    kind: str
    #: (kind of change, address of the post)
    tells: frozenset[tuple[str, str]]


class Receivers:
    """All recipients' receivers.

    Args:
        path: where what arrived is written down, a line each: it outlives the process.
        seed: of the faults.
    """

    def __init__(self, path: Path, seed: object) -> None:
        self._path = path
        self._draw = random.Random(str(seed))
        self._lock = threading.Lock()
        #: False: nothing fails any more
        self.fail = True

    def take(self, delivery: Delivery, now: datetime) -> Outcome:
        """Take one message, or fail."""
        with self._lock:
            is_stored, words = self._fault()
            if is_stored:
                line = {"id": delivery.id, "recipient": delivery.recipient, "kind": delivery.kind}
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({**line, "tells": sorted(_tells(delivery))}) + "\n")
            wait = timedelta(minutes=20) if words and self._draw.random() < 0.1 else None
        return Outcome(Result.TEMPORARY, words, retry_after=wait) if words else Outcome(Result.SENT, "taken")

    def _fault(self) -> tuple[bool, str]:
        """Return whether a message is stored, and what is said instead of yes."""
        chance = self._draw.random()
        for share, is_stored, words in _FAULTS if self.fail else ():
            chance -= share
            if chance < 0:
                return is_stored, words
        return True, ""

    def received(self) -> Iterator[Received]:
        """Yield everything that has arrived."""
        if not self._path.exists():
            return
        for line in self._path.read_text("utf-8").splitlines():
            one = json.loads(line)
            tells = frozenset((kind, url) for kind, url in one["tells"])
            yield Received(one["id"], one["recipient"], one["kind"], tells)


def _tells(delivery: Delivery) -> set[tuple[str, str]]:
    if delivery.kind == "digest":
        return set(_tells_of_digest(delivery.payload))
    if isinstance(changes := delivery.payload.get("changes"), list):
        return {(change["kind"], change["url"]) for change in changes}
    facts, kind = delivery.payload["data"], str(delivery.payload["type"])
    assert isinstance(facts, Mapping)
    return {("edited" if kind == "watchlist.term_removed" else kind.removeprefix("post."), str(facts["url"]))}


def _tells_of_digest(payload: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for section in from_payload(payload).sections:
        assert section.omitted == 0
        for post in section.posts:
            yield post.kind.value, str(post.url)
            for other in post.also:
                yield post.kind.value, str(other.url)
