"""Posts of a dump that keeps the page's layout: blank lines between the paragraphs of a post, none between two posts.

Boundaries that only the meaning tells are not looked for: better two posts in one than a post torn apart.
"""

from collections.abc import Callable, Sequence

from worker.core.parse.plain_chrome import (
    PREVIEW_SITES,
    Body,
    Line,
    ends_sentence,
    has_single_flag,
    is_bulleted,
    is_headline,
    is_tag_line,
    leading_marker,
    leads_on,
    starts_lower,
)
from worker.core.parse.plain_language import guess_language
from worker.core.parse.plain_stretch import Stretch, merge_stretch

#: A title in the middle of a stretch needs this many characters: shorter ones are subheadings.
_SHORTEST_TITLE = 60
#: Two lines of facts below each other ("date", "place") are at most this long.
_LONGEST_FACT = 50
#: So many paragraphs of a post tell its language.
_RECENT = 4
_QUOTES = "“„«\"'‘"
#: A paragraph below closing hashtags opens a post from this length on.
_SHORTEST_OPENING = 50


def read_layout(stretches: Sequence[Stretch]) -> list[Body]:
    """Return the posts of a dump with layout."""
    bodies: list[Body] = []
    for stretch in stretches:
        bodies += merge_stretch(stretch, split_stretch(stretch.lines, forwarded=stretch.forwarded_from is not None))
    return bodies


def split_stretch(lines: Sequence[Line], *, forwarded: bool) -> list[tuple[str, ...]]:
    """Cut the lines between two labels into posts.

    Args:
        lines: the lines, none of them furniture.
        forwarded: whether the first post is a forward.
    """
    posts: list[list[str]] = []
    for index, line in enumerate(lines):
        after = lines[index + 1] if index + 1 < len(lines) else None
        if not posts:
            posts.append([line.text])
        elif line.gap == 0:
            if _goes_on(posts[-1], line.text, after):
                posts[-1].append(line.text)
            else:
                posts.append([line.text])
        elif _opens_after_blank(posts[-1], line.text, after, forwarded=forwarded and len(posts) == 1):
            posts.append([line.text])
        else:
            posts[-1].append(line.text)
    return [_without_preview(post) for post in posts]


# --------------------------------------------------------------------------- lines without a blank line between


def _goes_on(post: Sequence[str], line: str, after: Line | None) -> bool:
    """Tell whether a line directly below another belongs to the same post."""
    last = post[-1]
    paragraphed = after is not None and after.gap > 0
    if starts_lower(line) or leads_on(last):
        return True
    if is_tag_line(line):
        # Hashtags close a post or stand below its title; with paragraphs below them they open one.
        return len(post) == 1 or not paragraphed
    if is_tag_line(last) and len(post) > 1:
        return False
    return any(rule(last, line, paragraphed) for rule in _LIST_RULES)


def _same_marker(last: str, line: str, paragraphed: bool) -> bool:
    marker = leading_marker(line)
    if marker is None or marker != leading_marker(last):
        return False
    # The same pictograph opens posts as well: a title with paragraphs below it, after a finished sentence, is no entry.
    return is_bulleted(line) or not (paragraphed and ends_sentence(last) and not ends_sentence(line))


def _both_flags(last: str, line: str, _paragraphed: bool) -> bool:
    return has_single_flag(last) and has_single_flag(line) and ends_sentence(last) == ends_sentence(line)


def _both_facts(last: str, line: str, _paragraphed: bool) -> bool:
    return all(
        len(text) <= _LONGEST_FACT and leading_marker(text) is not None and not ends_sentence(text)
        for text in (last, line)
    )


def _both_fields(last: str, line: str, _paragraphed: bool) -> bool:
    return all(_is_field(text) for text in (last, line))


def _is_field(text: str) -> bool:
    """Tell whether the line is a name and a value ("Tel.: 12 34"), short and without a sentence's end."""
    name, colon, value = text.partition(": ")
    return bool(colon and value) and len(text) <= _LONGEST_FACT and len(name.split()) <= 2 and not ends_sentence(text)


#: Each says that two lines belong to one list.
_LIST_RULES: tuple[Callable[[str, str, bool], bool], ...] = (_same_marker, _both_flags, _both_facts, _both_fields)

# --------------------------------------------------------------------------- lines with a blank line between


def _opens_after_blank(post: Sequence[str], line: str, after: Line | None, *, forwarded: bool) -> bool:
    """Tell whether a paragraph opens a post although a blank line stands above it, as above every paragraph."""
    last = post[-1]
    if is_tag_line(last) and len(post) > 2:
        return len(line) >= _SHORTEST_OPENING and not starts_lower(line)
    marker = leading_marker(line)
    in_list = marker is not None and marker in {leading_marker(last), leading_marker(after.text) if after else None}
    if in_list or is_bulleted(line) or leads_on(last) or line[0] in _QUOTES:
        return False
    if is_headline(line, _SHORTEST_TITLE) and after is not None and after.gap > 0:
        return ends_sentence(last) or is_tag_line(last)
    return forwarded and _changes_language(post, line)


def _changes_language(post: Sequence[str], line: str) -> bool:
    """Tell whether a paragraph is in another language than the post above it; False where either is doubtful."""
    here = guess_language(line)
    return here is not None and guess_language(" ".join(post[-_RECENT:])) not in {None, here}


def _without_preview(post: Sequence[str]) -> tuple[str, ...]:
    """Return the post without the link preview below its text."""
    for index in range(max(1, len(post) - 3), len(post)):
        if post[index] in PREVIEW_SITES and index + 1 < len(post):
            return tuple(post[:index])
    return tuple(post)
