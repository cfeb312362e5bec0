"""The watchlists' tables, as they stand in the configuration and in the files that it includes."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from worker.config.part import Part, not_empty
from worker.config.values import check_language_code, check_watchlist_name
from worker.core.models import Term, Watchlist


class TermTable(Part):
    """One thing to look for."""

    term: Annotated[str, StringConstraints(min_length=1), Field(examples=["summit"])]
    """A word, a "phrase in quotes", an ACRONYM, a #hashtag or a prefix*."""
    lang: Annotated[str, AfterValidator(check_language_code), Field(examples=["ru"])] | None = None
    """Language of the term, if it matters."""
    match: Literal["auto", "forms"] = "auto"
    """"auto": by the shape of the term; "forms": every inflected form of its words."""


def _as_table(given: object) -> object:
    if isinstance(given, str):
        return {"term": given}
    if not isinstance(given, dict | TermTable):
        raise ValueError("must be text in quotes, or a table with term, lang and match")
    return given


class Examples(Part):
    """Texts that show what is meant; a configuration whose examples fail is refused."""

    match: tuple[str, ...] = ()
    """Texts that must be tagged."""
    no_match: tuple[str, ...] = ()
    """Texts that must not be tagged."""


class WatchlistTable(Part):
    """A named concept with its terms in every language."""

    name: Annotated[str, AfterValidator(check_watchlist_name), Field(examples=["Energy"])]
    """Name of the concept, and of the tag."""
    terms: Annotated[
        tuple[Annotated[TermTable, BeforeValidator(_as_table, json_schema_input_type=str | TermTable)], ...],
        AfterValidator(not_empty),
        Field(examples=[["summit"]], json_schema_extra={"minItems": 1}),
    ]
    """What to look for: texts, or tables with term, lang and match."""
    examples: Examples = Examples()
    """Texts that show what is meant."""

    def watchlist(self) -> Watchlist:
        """Return the watchlist as the core knows it."""
        return Watchlist(
            name=self.name,
            terms=tuple(Term(text=term.term, lang=term.lang, match=term.match) for term in self.terms),
            examples=self.examples.match,
            counter_examples=self.examples.no_match,
        )


class WatchlistFile(Part):
    """What an included file may hold."""

    watchlist_tables: tuple[WatchlistTable, ...] = Field(default=(), alias="watchlist")
    """The concepts that are watched for, each in a [[watchlist]] table."""
