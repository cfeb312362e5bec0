"""Which mails belong together for a mail program: the alert of a new post, and those of what became of it.

Works on the frozen payload alone, so every try of a delivery gives the same answer. Writes no header.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worker.core.alert import thread_of
from worker.core.models import ChangeKind


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail stands in its thread."""

    #: of the thread's first mail: its Message-ID comes from it
    root: str
    #: this is the first mail
    is_first: bool


def place_of(recipient: str, payload: Mapping[str, Any]) -> Place | None:
    """Return where the mail of a delivery stands; None: it belongs to no thread.

    The key of a post is its row, and rows begin anew in a new database. So the channel and the address of the post
    stand in the root as well, and a post without an address begins no thread under that id: mail servers drop what has
    the id of an older mail.

    Args:
        recipient: its name.
        payload: of the delivery, as it was frozen.
    """
    thread = thread_of(payload)
    if thread is None or len(payload["changes"]) != 1:
        return None
    change = payload["changes"][0]
    url = change.get("url")
    root = "\n".join(["thread", recipient, thread, str(change["channel"]), str(url or "")])
    return Place(root, is_first=change["kind"] == ChangeKind.NEW and url is not None)
