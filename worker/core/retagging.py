"""What the tagging of stored posts by changed watchlists hands on: plain values. Tags and stores nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from worker.core.models import Post

#: stands where the fingerprint of a watchlist's rules would: nobody watches for it any more, so it tags nothing
GONE = ""


@dataclass(frozen=True, slots=True)
class StoredText:
    """A stored post in its present revision, with all that a rule can ask of it and nothing else."""

    row: int
    channel: str
    revision: int
    post: Post


@dataclass(frozen=True, slots=True)
class Portion:
    """Posts that are the next to be tagged anew, from the newest on."""

    #: name -> fingerprint of its rules, or `GONE`
    watchlists: Mapping[str, str]
    #: all posts from this row on are done before
    top: int
    #: and from this one on afterwards
    bottom: int
    #: those that the source still shows and whose text is there
    posts: tuple[StoredText, ...]
    #: rows looked at, deleted posts and tombstones included
    rows: int


@dataclass(frozen=True, slots=True)
class Retagging:
    """How far the history has been tagged anew for one watchlist."""

    watchlist: str
    started_at: datetime
    #: 0 to 100
    percent: int
    #: posts that carry it since the rules were changed
    added: int
    #: posts that no longer carry it
    removed: int
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Retagged:
    """What a finished tagging of the history has changed, as a digest tells it."""

    watchlist: str
    #: stored posts that carry it now
    added: int
    #: stored posts that no longer carry it
    removed: int
    #: True: it has not been watched for before
    is_new: bool = False
