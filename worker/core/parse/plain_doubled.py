"""Posts of a dump without blank lines: each body twice (trafilatura up to 2.0.0) or once (later versions).

Where bodies are doubled, the doubling itself says where posts begin and end. Where they are not, only a title that
follows a finished sentence tells.
"""

from collections.abc import Sequence

from worker.core.parse.plain_chrome import (
    PREVIEW_SITES,
    Body,
    ends_sentence,
    is_bulleted,
    is_headline,
    is_tag_line,
    leading_marker,
    leads_on,
    starts_lower,
)
from worker.core.parse.plain_copies import Section, find_sections
from worker.core.parse.plain_stretch import Stretch, merge_stretch

#: A title without a body that is printed once needs this many characters to open a post.
_SHORTEST_TITLE = 20
#: Lines of a list below a doubled body are at most this long.
_LONGEST_LIST_LINE = 40
#: Title and description of a link preview.
_PREVIEW_LINES = 2


def read_doubled(stretches: Sequence[Stretch]) -> list[Body]:
    """Return the posts of a dump without blank lines."""
    cut = [find_sections([line.text for line in stretch.lines]) for stretch in stretches]
    doubled = any(section.doubled for sections in cut for section in sections)
    bodies: list[Body] = []
    for stretch, sections in zip(stretches, cut, strict=True):
        bodies += merge_stretch(stretch, _join_singles(sections) if doubled else _split_at_titles(sections))
    return bodies


def _join_singles(sections: Sequence[Section]) -> list[tuple[str, ...]]:
    """Return the posts of a stretch: each doubled body, and the lines beside them where they belong together."""
    posts: list[list[str]] = []
    below_body = False  # the open post is a doubled one and nothing but its own lines stood below it
    preview = 0
    for index, section in enumerate(sections):
        if section.doubled:
            posts.append(list(section.lines))
            below_body, preview = True, 0
            continue
        line = section.lines[0]
        if preview:
            preview -= 1
        elif below_body and line in PREVIEW_SITES:
            preview = _PREVIEW_LINES
        elif posts and _belongs_above(posts[-1], line, below_body, sections[index + 1 : index + 2]):
            posts[-1].append(line)
        else:
            posts.append([line])
            below_body = False
    return [tuple(post) for post in posts]


def _belongs_above(post: Sequence[str], line: str, below_body: bool, following: Sequence[Section]) -> bool:
    last = post[-1]
    if starts_lower(line) or is_tag_line(line):
        return True
    marker = leading_marker(line)
    if not below_body:
        return marker is not None and leading_marker(last) == marker
    if line[0] in '“«"„' and (leads_on(last) or not ends_sentence(last)):
        return True  # a quote that only the second copy has, as the last line of its post
    if is_bulleted(line):
        return True
    # A list of links is printed once, even below a doubled body.
    return (
        marker is not None
        and len(line) <= _LONGEST_LIST_LINE
        and not {":", "#"} & set(line)  # announces something: the first line of a post
        and (leading_marker(last) == marker or leads_on(last) or _goes_on(following, marker))
    )


def _goes_on(following: Sequence[Section], marker: str) -> bool:
    return any(
        not section.doubled
        and leading_marker(section.lines[0]) == marker
        and len(section.lines[0]) <= _LONGEST_LIST_LINE
        for section in following
    )


def _split_at_titles(sections: Sequence[Section]) -> list[tuple[str, ...]]:
    posts: list[list[str]] = []
    preview = 0
    ended = True
    for section in sections:
        line = section.lines[0]
        if preview:
            preview -= 1
        elif posts and line in PREVIEW_SITES:
            preview, ended = _PREVIEW_LINES, True
        elif ended or _opens_post(posts[-1], line):
            posts.append([line])
            ended = False
        else:
            posts[-1].append(line)
    return [tuple(post) for post in posts]


def _opens_post(post: Sequence[str], line: str) -> bool:
    last = post[-1]
    finished = ends_sentence(last) or is_tag_line(last)
    marker = leading_marker(line)
    if marker is not None and marker == leading_marker(last):
        return False
    return finished and len(post) > 1 and is_headline(line, _SHORTEST_TITLE)
