"""What RSS-Bridge writes of a message of Telegram: the markup of the preview, with labels of its own around it.

Takes it apart and reads none of it. Votes, names of files and the preview of a link change without an edit, or are no
words of the message: only the element that has the preview's own class is its text.
"""

import re
from dataclasses import dataclass

from worker.core.parse.feed_tags import TAG, end_of

_TEXT_CLASS = "js-message_text"
_BREAK = r"<br\s*+/?>"
_FORWARD = re.compile(rf"\s*+Forwarded from(?:&nbsp;|\s)(?P<name>(?:(?!{_BREAK}).)*+){_BREAK}\s*+{_BREAK}", re.DOTALL)
_REPLY = re.compile(r"\s*+<blockquote>(?P<quote>(?:(?!</?blockquote).)*+)</blockquote>\s*+<hr\s*+/?>", re.DOTALL)
_LINK = re.compile(r"""<a\s[^<>]*?href\s*=\s*["']([^"'<>]*)["']""", re.IGNORECASE)
_POLL = re.compile(
    rf"\s*+(?P<question>[^<]++){_BREAK}\s*+<small>[^<]*+</small>\s*+{_BREAK}\s*+<ul>(?P<options>(?:\s*+<li>[^<]*+</li>)*+)"
    r"\s*+</ul>"
)
_OPTION = re.compile(r"<li>\s*[^<]{0,10}?%\s*-\s*(?P<option>[^<]*)</li>")
_FILES = re.compile(rf"File attachments:\s*+{_BREAK}(?P<files>(?:[^<]++{_BREAK})*+)")
#: of one message; Telegram allows ten
_MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class Bridged:
    """The parts of a message, as markup; None: it has none."""

    #: ``""`` where the message is only pictures
    text: str
    #: everything else that may show pictures
    shown: str
    forwarded_from: str | None = None
    #: address of the message replied to
    reply_to: str | None = None
    #: question and options
    poll: tuple[str, ...] = ()
    #: names of attached files
    files: tuple[str, ...] = ()


def take_apart(markup: str) -> Bridged | None:
    """Return the parts of what RSS-Bridge wrote; None if another program wrote it."""
    forward = _FORWARD.match(markup)
    at = forward.end() if forward else 0
    reply = _REPLY.match(markup, at)
    at = reply.end() if reply else at
    poll = _POLL.match(markup, at)
    at = poll.end() if poll else at
    start, text_start, text_end, end = _text(markup, at)
    files = _FILES.match(markup, end) if end < len(markup) or start == end else None
    if not (text_start or forward or reply or poll or files):
        return None
    links = _LINK.findall(reply["quote"]) if reply else []
    return Bridged(
        text=markup[text_start:text_end],
        shown=markup[at:start],
        forwarded_from=forward["name"] if forward else None,
        reply_to=links[-1] if links else None,
        poll=(poll["question"], *_OPTION.findall(poll["options"])) if poll else (),
        files=tuple(_file_names(files["files"])) if files else (),
    )


def _file_names(lines: str) -> list[str]:
    written = (" ".join(line.split()) for line in re.split(_BREAK, lines, maxsplit=_MOST_FILES)[:_MOST_FILES])
    return [line.rpartition(" - ")[0] or line for line in written if line]


def _text(markup: str, position: int) -> tuple[int, int, int, int]:
    """Return where the element with the text begins, where its inside begins and ends, and where it ends.

    Without one the inside is empty, and the element stands where the attached files do, or at the end.
    """
    if _TEXT_CLASS in markup:
        for tag in TAG.finditer(markup, position):
            if tag[2].lower() == "div" and _TEXT_CLASS in tag[3] and not tag[1]:
                return tag.start(), tag.end(), *end_of(markup, "div", tag.end())
    files = _FILES.search(markup, position)
    end = files.start() if files else len(markup)
    return end, 0, 0, end
