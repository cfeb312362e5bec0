"""Guess the language of a paragraph from its script and its commonest words.

Only for telling whether two neighbouring paragraphs of a dump are in different languages; says None rather than guess
on thin evidence. The languages of terms are `worker.core.watchlist`'s business.
"""

import re

_WORD = re.compile(r"[^\W\d_]+")
#: Enough of a paragraph to know.
_SAMPLE = 2000
#: Fewer words prove nothing.
_LEAST_WORDS = 12
#: Share of a text's words that must be function words of the language, and how far ahead of the next it must be.
_LEAST_SHARE = 0.12
_LEAD = 2.0

#: Function words that are frequent in one of the languages and rare in the others.
_FUNCTION_WORDS: dict[str, str] = {
    "en": "the of and to in is that for with was as are by this from has have its be on at which",
    "fr": "le la les des du et dans que qui est une pour par sur au aux avec ce cette sont pas nous",
    "es": "el los las del y en que una por con para se su sus fue como más ha",
    "de": "der die das und den von mit ist im zu des dem nicht ein eine auf für",
    "pt": "os das dos em um uma não com para é ao pela pelo são foi mais",
    "it": "il gli della delle di che è una con per sono nel nella del alla più",
}
_KNOWN = {code: frozenset(words.split()) for code, words in _FUNCTION_WORDS.items()}


def guess_language(text: str) -> str | None:
    """Return an ISO 639-1 code, "cyrillic" for any text in that script, or None if the text is too short or mixed."""
    words = [word.casefold() for word in _WORD.findall(text[:_SAMPLE])]
    if len(words) < _LEAST_WORDS:
        return None
    cyrillic = sum("а" <= word[0] <= "ӿ" for word in words)
    if cyrillic > 0.7 * len(words):
        return "cyrillic"
    counts = sorted(((sum(word in known for word in words), code) for code, known in _KNOWN.items()), reverse=True)
    (most, code), (second, _) = counts[0], counts[1]
    if cyrillic > 0.2 * len(words) or most < _LEAST_SHARE * len(words) or most < _LEAD * second:
        return None
    return code
