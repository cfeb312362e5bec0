"""Articles of a news site's category archive: paragraphs apart by blank lines, no titles, no dates.

Each article begins with its standfirst, one paragraph that does not end like a sentence. Blocks that point to related
articles are dropped. A second such paragraph directly below the first (a byline) belongs to it.
"""

import re
from collections.abc import Sequence

from worker.core.parse.plain_chrome import Body, Kind, Line, ends_sentence, is_headline, leading_marker

_HEADING = re.compile(
    r"(?:category|tag|author|monthly|daily|yearly)?\s*(?:archives?)(?:\s+(?:for|of))?(?:\s+category)?\s*:\s*\S.*"
    r"|(?:category|tag|catégorie|étiquette|рубрика|категория|метка|архив рубрики|архивы?)\s*:\s*\S.*",
    re.IGNORECASE,
)
#: Words for "read more" in the languages of the sites that are followed.
_MORE = (
    r"read more|read also|see also|also read|more on this|lire aussi|lire plus|lire la suite|à lire aussi"
    r"|en savoir plus|читать далее|читать ещё|читать еще|читайте также|читать также|подробнее"
    r"|leer más|lea también|lee también|mehr lesen|lesen sie auch|weiterlesen"
    r"|leggi anche|leggi di più|leia mais|leia também"
)
_MORE_ALONE = re.compile(rf"(?:{_MORE})\s*[:.…»→>]*", re.IGNORECASE)
_MORE_WITH_TITLE = re.compile(rf"(?:{_MORE})\s*:\s*\S.*", re.IGNORECASE)
_PAGING = re.compile(
    r"(?:«|←)?\s*(?:older posts|newer posts|next page|previous page"
    r"|articles (?:plus anciens|plus récents|précédents|suivants)|предыдущие записи|следующие записи)"
    r"\s*(?:»|→)?|page \d+ of \d+",
    re.IGNORECASE,
)
_CREDIT = re.compile(r"(?:©|\(c\)\s|FILE PHOTO\b).*", re.IGNORECASE)
#: What a post quoted from a social network ends with: its address or its author's name there.
_QUOTED_POST = re.compile(r"https?://|pic\.twitter\.com|\(@\w+\)")

#: A standfirst is longer than a subheading.
_SHORTEST_STANDFIRST = 40
_FEWEST_WORDS = 6
_LONGEST_CAPTION = 300
_LONGEST_QUESTION = 100


def is_archive(lines: Sequence[Line]) -> bool:
    """Tell whether a dump has the shape of a category archive.

    The heading is enough. Without it (a dump cut in the middle) every paragraph must stand apart, nothing may come from
    Telegram, and there must be "read more" blocks or at least two standfirsts.
    """
    if lines and _HEADING.fullmatch(lines[0].text[:200]):
        return True
    if any(line.kind is not Kind.TEXT for line in lines):
        return False
    blocks = _blocks(lines)
    pointers = sum(_is_pointer(block[0]) for block in blocks)
    close = sum(len(block) > 1 for block in blocks)
    if pointers:
        return close <= pointers + len(blocks) // 10
    plain = all(leading_marker(block[0]) is None and not block[0].startswith("#") for block in blocks)
    standfirsts = sum(_is_standfirst(block[0]) for block in blocks)
    return plain and close == 0 and standfirsts >= 2


def read_archive(lines: Sequence[Line]) -> list[Body]:
    """Return the articles of an archive; text above the first standfirst is the rest of an article of its own."""
    articles: list[list[str]] = []
    for block in _drop_furniture(_blocks(lines)):
        if not articles or (_is_standfirst(block[0]) and not _is_standfirst(articles[-1][-1])):
            articles.append([])
        articles[-1] += block
    return [Body(tuple(article)) for article in articles]


def _blocks(lines: Sequence[Line]) -> list[list[str]]:
    """Return the paragraphs, each with the lines directly below it."""
    blocks: list[list[str]] = []
    for line in lines:
        if line.gap > 0 or not blocks:
            blocks.append([])
        blocks[-1].append(line.text)
    return blocks


def _drop_furniture(blocks: Sequence[list[str]]) -> list[list[str]]:
    kept: list[list[str]] = []
    below_pointer = False
    for index, block in enumerate(blocks):
        heading = index == 0 and bool(_HEADING.fullmatch(block[0][:200]))
        lines = block[1:] if heading else block
        if below_pointer and _is_teaser(lines):
            below_pointer = False
            continue
        below_pointer = bool(lines) and bool(_MORE_ALONE.fullmatch(lines[0][:_LONGEST_CAPTION]))
        if below_pointer and len(lines) > 1:  # caption and title directly below
            below_pointer = False
            continue
        lines = [line for line in lines if not _is_furniture(line)]
        if lines:
            kept.append(lines)
    return kept


def _is_furniture(line: str) -> bool:
    head = line[:_LONGEST_CAPTION]
    return _is_pointer(line) or bool(_PAGING.fullmatch(head)) or (line == head and bool(_CREDIT.fullmatch(head)))


def _is_pointer(line: str) -> bool:
    head = line[:_LONGEST_CAPTION]
    return bool(_MORE_ALONE.fullmatch(head) or _MORE_WITH_TITLE.fullmatch(head))


def _is_teaser(block: Sequence[str]) -> bool:
    """Tell whether a block below "read more" is the related article: a caption and a title, or a title."""
    if not block or any(len(line) > _LONGEST_CAPTION for line in block):
        return False
    if len(block) == 1:
        asks = block[0][-1:] in {"?", "!"} and len(block[0]) <= _LONGEST_QUESTION
        return asks or not ends_sentence(block[0])
    return len(block) <= 3


def _is_standfirst(text: str) -> bool:
    return (
        is_headline(text, _SHORTEST_STANDFIRST)
        and len(text.split()) >= _FEWEST_WORDS
        and not _QUOTED_POST.search(text[:_LONGEST_CAPTION])
    )
