"""What elements of HTML mean to a reader: which begin a line, which nobody reads. Tables and questions to them.

Shared by the way through the tree (`worker.core.parse.html_text`) and the short one
(`worker.core.parse.plain_markup`), so that both leave out the same. Reads no markup itself.
"""

import re
from collections.abc import Mapping
from unicodedata import normalize

_BLOCK_NAMES = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing main menu ol p pre section summary table tbody"
    " tfoot thead tr ul xmp"
)
_UNREAD_NAMES = (
    "button canvas datalist embed frameset head iframe input nav noembed noframes noscript object script select"
    " style svg template textarea title"
)
_CHROME_NAMES = (
    "a2a_kit addtoany_content addtoany_share_save_container continue-reading elementor-post__read-more"
    " elementor-screen-only excerpt-more heateor_sss_sharing_container jp-relatedposts mh-excerpt-more more-link"
    " moretag post-ratings read-more readmore rp4wp-related-posts screen-reader-text sharedaddy sr-only ssba ssbp-wrap"
    " twitter-share visually-hidden wp-block-read-more wpa2a_share_save wp_rp_wrap yarpp yarpp-related"
    " yarpp-related-none zem_rp_wrap"
)
#: begin and end a line
BLOCKS = frozenset(_BLOCK_NAMES.split())
#: have no text of the post in them
UNREAD = frozenset(_UNREAD_NAMES.split())
#: classes of WordPress, its themes and its plugins on what is no part of a text
_CHROME = frozenset(_CHROME_NAMES.split())
#: attributes that can hide an element
_TELLING = frozenset({"hidden", "aria-hidden", "style", "class"})
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
#: written as the size of a picture that nobody is to see
_NO_SIZE = frozenset({"0", "1", "0px", "1px"})
#: a picture that stands for a character
_EMOJI = frozenset({"emoji", "wp-smiley"})
_LONGEST_INVITATION = 200
#: a link that only leads to the rest of the text
_INVITATION = re.compile(
    r"[\W_]*+(?:(?:continue|keep) reading\b.*"
    r"|(?:(?:read|learn|find out|see|show|view) more|more|read (?:on|the (?:full|rest|whole)(?: \w+)?)"
    r"|full (?:story|article|text)|lire (?:la suite|plus)|en savoir plus|voir plus|la suite|suite"
    r"|подробнее|читать (?:далее|дальше|ещ[её]|полностью|больше|подробнее)|далее|узнать больше"
    r"|докладніше|детальніше|читати (?:далі|більше)|weiterlesen|leer más|seguir leyendo|leggi tutto|czytaj więcej)"
    r"[\W_]*+)",
    re.IGNORECASE | re.DOTALL,
)


def breaks_around(block: str) -> int:
    """Return how many line ends there are at least at either end of a block."""
    return 2 if block == "p" else 1


def is_hidden(attributes: Mapping[str, str | None]) -> bool:
    """Tell whether an element with these attributes is no part of what a reader reads."""
    if not attributes or _TELLING.isdisjoint(attributes):
        return False
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or bool(_HIDING.search(attributes.get("style") or ""))
        or not _CHROME.isdisjoint((attributes.get("class") or "").split())
    )


def is_invitation(words: str) -> bool:
    """Tell whether a link with these words only leads to the rest of the text."""
    return len(words) <= _LONGEST_INVITATION and _INVITATION.fullmatch(words) is not None


def counts_readers(attributes: Mapping[str, str | None]) -> bool:
    """Tell whether a picture is one that nobody is to see."""
    return attributes.get("width") in _NO_SIZE or attributes.get("height") in _NO_SIZE


def emoji_of(attributes: Mapping[str, str | None]) -> str:
    """Return the character that a picture stands for; "" for a picture that is one."""
    if _EMOJI.isdisjoint((attributes.get("class") or "").split()):
        return ""
    return attributes.get("alt") or ""


def run_blanks_together(text: str) -> str:
    """Return `text` with one blank for each run of what HTML takes for white space (no-break blanks are not)."""
    # string methods: a pattern stops at every single blank, which takes twenty times as long
    for blank in "\n\t\r\f":
        text = text.replace(blank, " ")
    while "  " in text:
        text = text.replace("  ", " ")
    return text


def tidy_lines(text: str) -> str:
    """Return `text` in NFC, without blanks at the ends of its lines, with at most one blank line in a row."""
    text = "\n".join([line.rstrip() for line in text.split("\n")])
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return normalize("NFC", text.strip())
