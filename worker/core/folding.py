"""Folding: which changes of a digest are one story, told once with the other channels that tell it.

Checks have found most stories already (`worker.core.stories`); what carries none, such as a made-up sample, is compared
here. Only new posts are folded: an edit or a deletion is told of each post.
"""

from collections.abc import Iterable, Iterator, Sequence

from worker.core.doubles import sketch_story, tell_the_same
from worker.core.models import ChangeKind, Told
from worker.core.story_text import StoryText, read_story

#: stories with one key that a text is compared with; of a template there may be any number
_MOST_COMPARED = 20


def fold_stories(ordered: Sequence[Told], sections: Sequence[Sequence[str]]) -> dict[int, list[int]]:
    """Return for each post that leads a story those that are folded into it, all by their places, in order.

    A story is led by its first post that is no forward. A post is folded only into one of another channel that stands
    in the same section and in every other section that the post belongs to, so that nobody misses it in one of them.

    Args:
        ordered: the changes, by time.
        sections: the sections of each; it stands in full in its first.
    """
    folded: dict[int, list[int]] = {}
    for story in _stories(ordered):
        leaders: list[int] = []
        for number in sorted(story, key=lambda number: (ordered[number].forwarded_from is not None, number)):
            leader = next((one for one in leaders if _can_lead(one, number, ordered, sections)), None)
            if leader is None:
                leaders.append(number)
            else:
                folded.setdefault(leader, []).append(number)
    return {leader: sorted(others) for leader, others in folded.items()}


def _can_lead(leader: int, number: int, ordered: Sequence[Told], sections: Sequence[Sequence[str]]) -> bool:
    return (
        ordered[leader].channel != ordered[number].channel
        and sections[leader][0] == sections[number][0]
        and set(sections[number]) <= set(sections[leader])
    )


def _stories(ordered: Sequence[Told]) -> Iterable[Sequence[int]]:
    """Return the places of the new posts of each story."""
    known: dict[int, list[int]] = {}
    unknown = _Stories()
    for number, told in enumerate(ordered):
        if told.kind is not ChangeKind.NEW:
            continue
        if told.story is not None:
            known.setdefault(told.story, []).append(number)
        else:
            unknown.add(number, told.text)
    yield from known.values()
    yield from unknown


class _Stories:
    """Stories made up of texts alone: each text is compared with the first of the newest few that share a key."""

    def __init__(self) -> None:
        self._stories: list[list[int]] = []
        self._texts: list[StoryText] = []
        self._by_key: dict[int, list[int]] = {}

    def __iter__(self) -> Iterator[Sequence[int]]:
        return iter(self._stories)

    def add(self, number: int, text: str) -> None:
        read = read_story(text)
        keys = sketch_story(read)
        near = sorted({story for key in keys for story in self._by_key.get(key, ())[-_MOST_COMPARED:]})
        for story in near:
            if tell_the_same(self._texts[story], read):
                self._stories[story].append(number)
                return
        for key in keys:
            self._by_key.setdefault(key, []).append(len(self._stories))
        self._stories.append([number])
        self._texts.append(read)
