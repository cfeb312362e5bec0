"""The lines of a plain-text dump: what is page furniture, what is text, and how a line begins and ends.

Knows the words that Telegram's pages and the extractors print themselves, and nothing of any channel. Does not decide
where a post ends.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What a line of a dump is."""

    TEXT = auto()
    #: "Forwarded from NAME": starts a post
    FORWARD = auto()
    #: a media label that stands before its caption: starts a post unless it follows a forward header
    LABEL_ABOVE = auto()
    #: "Please open Telegram to view this post": ends the post above it
    LABEL_BELOW = auto()
    #: "VIEW IN TELEGRAM": the button of a label
    BUTTON = auto()
    #: reactions, views, time: the end of a post
    FOOTER = auto()
    #: "53K subscribers": the page header
    COUNTER = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank."""

    text: str
    kind: Kind = Kind.TEXT
    #: name of the origin for `Kind.FORWARD`, kind of media for the labels, else ""
    value: str = ""
    #: blank lines directly above
    gap: int = 0


@dataclass(frozen=True, slots=True)
class Body:
    """One post as the dump shows it, before its hashtags and links are read."""

    lines: tuple[str, ...]
    forwarded_from: str | None = None
    #: kinds of media that labels speak of, in order, once each
    media: tuple[str, ...] = ()


#: Longer lines are never furniture: keeps the patterns below off megabytes.
LONGEST_CHROME = 300

#: Pictographs, without the flags' regional indicators (they need to be counted in pairs).
EMOJI = (
    "\U0001f000-\U0001f1e5\U0001f200-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2190-\u21ff\u2300-\u23ff\u25a0-\u25ff"
    "\u203c\u2049\u2122\u2139\u3030\u303d\u3297\u3299"
)
FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
#: Variation selectors, skin tones, joiners and the keycap's frame: they belong to the pictograph before them.
_JOINERS = "\ufe0e\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff"
_COUNT = r"\d+(?:[.,]\d+)?[KM]?"
_CLOCK = r"\d{1,2}:\d{2}(?: ?[AP]M)?"
_BUTTON = r"(?:\s*VIEW IN TELEGRAM)?"

#: Each kind of furniture with the pattern of its whole line; group 1 is the line's value, a media kind is given.
_FURNITURE: tuple[tuple[re.Pattern[str], Kind, str], ...] = (
    (re.compile(r"Forwarded from(?:\s+(\S.*))?"), Kind.FORWARD, ""),
    (re.compile(rf"Media is too big{_BUTTON}"), Kind.LABEL_ABOVE, "video_too_big"),
    (re.compile(rf"This media is not supported in your browser{_BUTTON}"), Kind.LABEL_ABOVE, "unsupported_in_browser"),
    (re.compile(rf"Please open Telegram to view this post{_BUTTON}"), Kind.LABEL_BELOW, "open_in_telegram"),
    (re.compile(r"VIEW IN TELEGRAM"), Kind.BUTTON, ""),
    (re.compile(rf"(?:[{EMOJI}][{_JOINERS}]*\s*{_COUNT}\s*)+"), Kind.FOOTER, ""),
    (re.compile(r"\d+(?:[.,]\d+)?[KM]"), Kind.FOOTER, ""),
    (re.compile(rf"(?:{_COUNT}\s+views?)(?:\s.{{0,80}}?)?\s+(?:edited\s+)?{_CLOCK}"), Kind.FOOTER, ""),
    (re.compile(rf"{_COUNT}\s+views?"), Kind.FOOTER, ""),
    (re.compile(rf"(?:[^,]{{1,60}},\s+)?edited\s+{_CLOCK}"), Kind.FOOTER, ""),
    (
        re.compile(rf"{_COUNT}\s+(?:subscribers?|members?|photos?|videos?|files?|links?|GIFs?|voice messages?)"),
        Kind.COUNTER,
        "",
    ),
)

#: Cheaper than all of the above, for the many lines that are text.
_MAYBE = re.compile(rf"Forwarded|Media|This|Please|VIEW|\d|[{EMOJI}]|.*\bedited ")

#: What stands below the button in the page header.
AFTER_DOWNLOAD = frozenset(
    {"to view and join the conversation", "About", "Blog", "Apps", "Platform", "Join", "About Blog Apps Platform Join"}
)
DOWNLOAD = "Download Telegram"

#: First line of a link preview, as the previewed sites call themselves.
PREVIEW_SITES = frozenset(
    {"YouTube", "Vimeo", "RUTUBE", "Telegraph", "TikTok", "Instagram", "Wikipedia", "X (formerly Twitter)"}
)

_SPACE = re.compile(r"[^\S\n]+")
#: Zero-width space, joiner marks and the byte order mark at the ends of a line: left over from link previews.
_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff"


def clean_text(raw: str) -> str:
    """Return a line without the white space and the invisible characters at its ends, with single spaces inside."""
    return _SPACE.sub(" ", raw).strip(" " + _INVISIBLE)


def classify_line(raw: str, gap: int) -> Line:
    """Tell furniture from text."""
    text = clean_text(raw)
    if len(text) <= LONGEST_CHROME and _MAYBE.match(text):
        for pattern, kind, value in _FURNITURE:
            found = pattern.fullmatch(text)
            if found:
                name = found.group(1) if kind is Kind.FORWARD else None
                return Line(text, kind, name or value, gap)
    return Line(text, gap=gap)


def read_lines(text: str) -> list[Line]:
    """Return the lines that are not blank, each with the number of blank lines above it."""
    lines: list[Line] = []
    gap = 0
    for raw in text.split("\n"):
        line = classify_line(raw, gap)
        if line.text:
            lines.append(line)
            gap = 0
        else:
            gap += 1
    return lines


# --------------------------------------------------------------------------- how a line begins

_BULLET = re.compile(r"[•‣·∙◦▪▫■□●○◆◇►▶♦✓✔]|[-–—*](?=\s)")
_NUMBER = re.compile(r"\d{1,2}(?:[.)]\s|\ufe0f?\u20e3)")
_PICTURE = re.compile(rf"{FLAG}|[{EMOJI}]")
_FLAG = re.compile(FLAG)


def leading_marker(text: str) -> str | None:
    """Return what the line begins with: a bullet, "1." for any number, a flag or a pictograph; None for a letter."""
    if _NUMBER.match(text):
        return "1."
    found = _BULLET.match(text) or _PICTURE.match(text)
    return found.group() if found else None


def is_bulleted(text: str) -> bool:
    """Tell whether the line begins like an entry of a list; pictographs don't count."""
    return bool(_BULLET.match(text) or _NUMBER.match(text))


def has_single_flag(text: str) -> bool:
    """Tell whether the line begins with one flag and then words, as in lists of countries."""
    found = _FLAG.match(text)
    return found is not None and not _PICTURE.match(text, found.end())


def starts_lower(text: str) -> bool:
    """Tell whether the line begins in lower case."""
    return text[:1].islower()


# --------------------------------------------------------------------------- how a line ends

_CLOSERS = " )>]}»”“\"'’*_\u200d\ufe0f"
_TRAILING_EMOJI = re.compile(rf"[{EMOJI}{_JOINERS}\U0001f1e6-\U0001f1ff\s]+\Z")
_SENTENCE_ENDS = frozenset(".!?…。")
_LEADING_ON = frozenset(":;,–—-(")
#: Enough of a line's end for every rule below.
_TAIL = 40


def ends_sentence(text: str) -> bool:
    """Tell whether the line ends like a sentence, closing quotes and pictographs aside."""
    if text[-1:] in _SENTENCE_ENDS:
        return True
    tail = _TRAILING_EMOJI.sub("", text[-_TAIL:]) or text[-_TAIL:]
    return tail.rstrip(_CLOSERS)[-1:] in _SENTENCE_ENDS


def leads_on(text: str) -> bool:
    """Tell whether the line ends so that more of the same must follow."""
    return text[-1:] in _LEADING_ON


_TAG_LINE = re.compile(r"#\w+(?:[\s,|]*#\w+)*")


def is_tag_line(text: str) -> bool:
    """Tell whether the line is made of hashtags only."""
    return text.startswith("#") and len(text) <= LONGEST_CHROME and bool(_TAG_LINE.fullmatch(text))


def is_headline(text: str, shortest: int) -> bool:
    """Tell whether the line reads like a title or a standfirst: long enough, no sentence end, not part of a list."""
    return (
        len(text) >= shortest
        and not ends_sentence(text)
        and not leads_on(text)
        and not is_bulleted(text)
        and not is_tag_line(text)
        and not starts_lower(text)
        and text[0] not in "([—–"
    )
