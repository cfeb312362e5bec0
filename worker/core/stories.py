"""Which new posts tell a story that another channel has told: by their keys and by comparing a few texts.

Only what somebody may be told is looked at. Two posts of one channel are never one story: who says a thing twice has
said it twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from worker.core.doubles import sketch_story, tell_the_same
from worker.core.record import NewPost
from worker.core.story_text import StoryText, read_story

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
    to_tell = [(number, post) for number, post in enumerate(new) if post.matches and post.announcement]
    texts = {number: read_story(post.found.post.text) for number, post in to_tell}
    sketches = {number: keys for number, text in texts.items() if (keys := sketch_story(text))}
    candidates = look_up(list(sketches.values())) if sketches else ()
    told = {
        number: replace(new[number], sketch=keys, story=_story(texts[number], some))
        for (number, keys), some in zip(sketches.items(), candidates, strict=True)
    }
    return tuple(told.get(number, post) for number, post in enumerate(new))


def _story(text: StoryText, candidates: Sequence[Candidate]) -> int | None:
    for candidate in candidates:
        if tell_the_same(text, read_story(candidate.text)):
            return candidate.row if candidate.story is None else candidate.story
    return None
