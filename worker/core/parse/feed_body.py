"""The text of a post of a feed, as its reader sees it, with what it links to and shows. Knows nothing of identity."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from posixpath import splitext
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from worker.core.models import Media
from worker.core.parse.feed_loose import unescape_references
from worker.core.parse.feed_model import Attachment, Form, Written
from worker.core.parse.html_rules import counts_readers, tidy_lines
from worker.core.parse.html_text import (
    absolute,
    parse_fragment,
    scrub,
    text_of,
    without_credit,
)
from worker.core.parse.plain_markup import read_plain
from worker.core.text import normalise
from worker.errors import ParseError

#: plain text may have a ``<``, HTML has one of these
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|<!--")
_ANY_TAG = re.compile(r"<[^<>]*>")
_FEW_TAGS = 100
#: elements for each character
_GROWTH = 4
_FORMATTING = re.compile(r"<(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)[\s/>]", re.IGNORECASE)
_FORMATTING_END = re.compile(r"</(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)[\s/>]", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s<>\"“”«»]+", re.IGNORECASE)
#: absolute, and nothing in it that joining would change
_PLAIN_ADDRESS = re.compile(
    r"https?://[a-z0-9.-]++(?::[0-9]++)?/[\w%~+=&/-]*+(?:\.[\w-]++/?)?(?:\?[\w%~+=&/.-]++)?", re.ASCII
)
_ADDRESS_END = ".,;:!?)]}'’…"
_HASHTAG = re.compile(r"(?<![\w&/#])#(\w+)")

_KINDS: Mapping[str, str] = {"image": "photo", "video": "video", "audio": "audio"}
_SUFFIXES: Mapping[str, str] = {
    suffix: kind
    for kind, suffixes in (
        ("photo", ".jpg .jpeg .png .gif .webp .avif .svg .bmp .heic"),
        ("video", ".mp4 .m4v .webm .mov .avi .mkv .mpg .mpeg .ogv"),
        ("audio", ".mp3 .m4a .ogg .oga .opus .wav .flac .aac"),
    )
    for suffix in suffixes.split()
}
_SHOWN = "img, video, audio, iframe[src]"
_PLAYERS = re.compile(
    r"//(?:[\w-]+\.)*(?:youtube(?:-nocookie)?\.com|youtu\.be|vimeo\.com|rutube\.ru|dailymotion\.com|vk\.com)/"
)
#: pictures that stand for characters, or that only count readers
_NO_PICTURES = frozenset({"emoji", "wp-smiley"})
_COUNTERS = re.compile(
    r"//(?:pixel\.wp\.com|stats?\.wordpress\.com|feeds\.(?:feedburner|wordpress)\.com|[\w.-]*gravatar\.com|"
    r"[\w.-]*feedsportal\.com|s\.w\.org/images/core/emoji|www\.google-analytics\.com|mc\.yandex\.ru)"
)


class Body(NamedTuple):
    """What a text says and shows."""

    text: str = ""
    links: tuple[str, ...] = ()
    #: files shown within the text
    shown: tuple[Attachment, ...] = ()


def read_body(written: Written, base: str | None) -> Body:
    """Read a text; relative links in it start from `base`."""
    text = written.text
    if not text:
        return Body()
    if written.form is Form.PLAIN:
        return _plain(text)
    if not _MARKUP.search(text):
        if written.form is Form.UNSAID:
            return _plain(unescape_references(text))
        if "<" not in text:
            return Body(without_credit(tidy_lines(" ".join(scrub(unescape_references(text)).split()))))
    if (plain := read_plain(text)) is not None:
        shown = tuple(filter(None, map(_picture, plain.pictures)))
        return Body(without_credit(plain.text), _addresses(plain.hrefs, base), shown)
    try:
        root = None if _takes_long(text) else parse_fragment(text)
    except ParseError:
        root = None
    if root is None:
        # one hostile post must not hide the others: its words, without knowing what is shown of them
        return Body(tidy_lines(scrub(unescape_references(_ANY_TAG.sub(" ", text)))))
    links = _addresses((node.attributes.get("href") for node in root.css("a[href]")), base)
    return Body(without_credit(text_of(root)), links, tuple(_shown(root)))


def web_address(href: str | None, base: str | None) -> str | None:
    """Return the web address that `href` means at `base`, as `worker.core.parse.html_text.absolute` does.

    Most are absolute already, and joining them to what is thrown away costs twenty times the look.
    """
    return href if href and _PLAIN_ADDRESS.fullmatch(href) else absolute(href, base)


def read_title(written: Written) -> str:
    """Return a title as one line."""
    text = written.text
    if written.form is Form.HTML or (written.form is Form.UNSAID and "<" in text and _MARKUP.search(text)):
        text = read_body(Written(text, Form.HTML), None).text
    elif written.form is Form.UNSAID:
        # escaped once too often more often than not
        text = unescape_references(text)
    return normalize("NFC", " ".join(scrub(text).split()))


def with_title(title: str, text: str) -> str:
    """Return the title, a blank line and `text`; only the text if the title repeats how it begins."""
    if not title or not text:
        return title or text
    if _begin_differently(title, text):
        return f"{title}\n\n{text}"
    shown = title.removesuffix("]").rstrip(" .…[")
    opening = normalise(shown).casefold()
    start = normalise(text[: 2 * len(title) + 50]).casefold()
    if opening and start.startswith(opening):
        # a title that was cut off may end within a word
        cut = title[len(shown) :].strip(" []") in {"…", "..."}
        if cut or not start[len(opening) : len(opening) + 1].isalnum():
            return text
    return f"{title}\n\n{text}"


def _begin_differently(title: str, text: str) -> bool:
    """Tell whether a look at the first letters is enough; behind letters nothing can stand that changes them."""
    if not title[:2].isalnum() or not text[:2].isalnum():
        return False
    return title[0].casefold()[0] != text[0].casefold()[0]


def find_hashtags(text: str) -> tuple[str, ...]:
    """Return the hashtags of a text as written, once each; numbers alone are none."""
    if "#" not in text:
        return ()
    found = (match[0] for match in _HASHTAG.finditer(text) if any(map(str.isalpha, match[1])))
    return tuple(dict.fromkeys(found))


def media_of(attachments: Sequence[Attachment], shown: Sequence[Attachment]) -> tuple[Media, ...]:
    """Return the media of a post: the files that it points to and those that its text shows, each once."""
    if not attachments and not shown:
        return ()
    kinds: dict[str, str] = {}
    for attachment in (*attachments, *shown):
        if not _COUNTERS.search(attachment.url):
            kinds.setdefault(attachment.url.partition("?")[0], _kind(attachment))
    if "video" in kinds.values() and len(kinds) > 1:
        # the picture that stands for the film until it is played
        announcing = {one.url.partition("?")[0] for one in attachments if one.type == "image"}
        kinds = {url: kind for url, kind in kinds.items() if url not in announcing or kind != "photo"}
    return tuple(Media(kind) for kind in kinds.values())


def _plain(text: str) -> Body:
    tidy = without_credit(tidy_lines(scrub(text).replace("\r\n", "\n").replace("\r", "\n")))
    if "://" not in tidy:
        return Body(tidy)
    found = (absolute(address.rstrip(_ADDRESS_END), None) for address in _ADDRESS.findall(tidy))
    return Body(tidy, tuple(dict.fromkeys(address for address in found if address)))


def _takes_long(text: str) -> bool:
    """Tell whether a tree would grow far beyond its text: a page may have one such text, a feed thousands of them.

    Formatting that is never ended is built anew in every paragraph that follows.
    """
    if text.count("<") < _FEW_TAGS:
        return False
    forgotten = len(_FORMATTING.findall(text)) - len(_FORMATTING_END.findall(text))
    return forgotten * text.count("<") > _GROWTH * len(text)


def _addresses(hrefs: Iterable[str | None], base: str | None) -> tuple[str, ...]:
    """Return the web addresses that links lead to, once each."""
    found: dict[str, None] = {}
    for href in hrefs:
        if address := web_address(href, base):
            found[address] = None
    return tuple(found)


def _shown(root: LexborNode) -> Iterator[Attachment]:
    for node in root.css(_SHOWN):
        attributes = node.attributes
        source = (attributes.get("src") or "").strip()
        if node.tag == "iframe":
            if _PLAYERS.search(source):
                yield Attachment(source, "video")
        elif node.tag != "img":
            if not source and (inner := node.css_first("source[src]")) is not None:
                source = (inner.attributes.get("src") or "").strip()
            yield Attachment(source, node.tag or "")
        elif picture := _picture(attributes):
            yield picture


def _picture(attributes: Mapping[str, str | None]) -> Attachment | None:
    """Return the picture that an ``img`` shows; None if it stands for a character or only counts readers."""
    source = (attributes.get("src") or "").strip()
    if not source or source.startswith("data:") or counts_readers(attributes):
        return None
    is_picture = _NO_PICTURES.isdisjoint((attributes.get("class") or "").split())
    return Attachment(source, "image") if is_picture else None


def _kind(attachment: Attachment) -> str:
    """Return the kind of a file, by its type or failing that by its name."""
    main = attachment.type.strip().lower().partition("/")[0]
    if main in _KINDS:
        return _KINDS[main]
    if attachment.type.strip().lower() == "application/x-shockwave-flash":
        return "video"
    try:
        path = urlsplit(attachment.url).path
    except ValueError:
        path = ""
    return _SUFFIXES.get(splitext(path)[1].lower(), "document")
