"""Tags in a text of a feed, found without building a tree: in a tree a paragraph could not hold a quote."""

import re

#: possessive: never goes back, so it stays linear
TAG = re.compile(r"""<(/?)([A-Za-z][\w-]*+)((?:[^<>"']++|"[^"<]*+"|'[^'<]*+'|["'])*+)>""")


def end_of(markup: str, name: str, position: int) -> tuple[int, int]:
    """Return where the end tag of the element begins and ends whose inside begins at `position`.

    That is the end of the text, twice, where there is no end tag.
    """
    depth = 1
    for tag in TAG.finditer(markup, position):
        if tag[2].lower() == name:
            depth += -1 if tag[1] else 1
            if not depth:
                return tag.start(), tag.end()
    return len(markup), len(markup)
