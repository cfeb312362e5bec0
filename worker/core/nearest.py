"""What a misspelt name was probably meant to be. Knows no names itself."""

from collections.abc import Iterable
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

#: one wrong, missing or swapped letter in so many is a slip of the finger
_LETTERS_A_MISTAKE: Final = 3


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of `known` that `word` was probably meant to be; None if none is close."""
    names = sorted(known)
    mistakes = max(1, len(word) // _LETTERS_A_MISTAKE)
    found = process.extractOne(word, names, scorer=OSA.distance, processor=str.casefold, score_cutoff=mistakes)
    if found or len(word) < _LETTERS_A_MISTAKE:
        return found[0] if found and len(word) > 1 else None
    return next((each for each in names if each.casefold().startswith(word.casefold())), None)
