"""Which new posts tell a story that another channel has told: by their keys and by comparing a few texts.

Only what somebody may be told is looked at. Two posts of one channel are never one story: who says a thing twice has
said it twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from worker.core.doubles import is_double, sketch
from worker.core.record import NewPost

#: a story that was told longer ago is told anew
STORY_AGE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored post that may tell the same as a new one."""

    row: int
    text: str
    #: row of the post that told it first; None: this one did
    story: int | None = None


def find_stories(
    new: Sequence[NewPost], look_up: Callable[[Sequence[Sequence[int]]], Sequence[Sequence[Candidate]]]
) -> tuple[NewPost, ...]:
    """Give the posts that somebody may be told of their keys, and the row of the first post of a story that is known.

    Args:
        new: the new posts of one channel.
        look_up: returns, for the keys of each post, posts of other channels that share some, the likeliest first; it
            is not asked where nothing is told.
    """
    sketches = [sketch(post.found.post.text) if post.matches and post.announcement else () for post in new]
    told = [keys for keys in sketches if keys]
    candidates = iter(look_up(told) if told else ())
    return tuple(
        replace(post, sketch=keys, story=_story(post, next(candidates))) if keys else post
        for post, keys in zip(new, sketches, strict=True)
    )


def _story(post: NewPost, candidates: Sequence[Candidate]) -> int | None:
    text = post.found.post.text
    for candidate in candidates:
        if is_double(text, candidate.text):
            return candidate.row if candidate.story is None else candidate.story
    return None
