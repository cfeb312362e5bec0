"""The watchlists' tables, as they stand in the configuration and in the files that it includes."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, StrictBool, StringConstraints

from worker.config.part import Part, not_empty
from worker.config.values import check_language_code, check_watchlist_name, check_weight
from worker.core.models import Example, Exclusion, Facts, Term, Watchlist

Text = Annotated[str, StringConstraints(min_length=1)]
Language = Annotated[str, AfterValidator(check_language_code), Field(examples=["ru"])]
Weight = Annotated[
    float,
    PlainValidator(check_weight, json_schema_input_type=float),
    Field(json_schema_extra={"exclusiveMinimum": 0}),
]
#: what can be attached, as formats call it
MediaKind = Literal[
    "photo", "video", "animation", "round_video", "voice", "audio", "document", "sticker", "poll", "location", "contact"
]


class TermTable(Part):
    """One thing to look for."""

    term: Annotated[Text, Field(examples=["summit"])]
    """A word, a "phrase in quotes", an ACRONYM, a #hashtag, a prefix*, an =exact word, a /pattern/, or a query of
    them."""
    lang: Language | None = None
    """Language of the term, if it matters."""
    match: Literal["auto", "forms", "exact"] = "auto"
    """"auto": by the shape of the term; "forms": every inflected form of its words; "exact": only as it is written."""
    case: StrictBool | None = None
    """Whether capitals and small letters must be the same; if not set, only those of acronyms must."""
    weight: Weight = 1.0
    """What the term counts towards the threshold of its watchlist."""
    links: StrictBool = False
    """Look for it in the addresses that a post links to, too."""

    def as_term(self) -> Term:
        """Return the term as the core knows it."""
        return Term(self.term, self.lang, self.match, self.case, self.weight, self.links)


class ExclusionTable(Part):
    """What takes hits away."""

    term: Annotated[Text, Field(examples=["summit camp"])]
    """A term, as in `terms`."""
    where: Literal["overlap", "near", "post"] = "overlap"
    """What it takes away: "overlap": the hits that it overlaps; "near": those within five words; "post": all."""
    lang: Language | None = None
    """Language of the term, if it matters."""
    match: Literal["auto", "forms", "exact"] = "auto"
    """As in `terms`."""
    case: StrictBool | None = None
    """As in `terms`."""

    def exclusion(self) -> Exclusion:
        """Return it as the core knows it."""
        return Exclusion(Term(self.term, self.lang, self.match, self.case), self.where)


def _as_table(given: object) -> object:
    if isinstance(given, str):
        return {"term": given}
    if not isinstance(given, dict | TermTable | ExclusionTable):
        raise ValueError("must be text in quotes, or a table with term, lang and match")
    return given


def _as_example(given: object) -> object:
    if isinstance(given, str):
        return {"text": given}
    if not isinstance(given, dict | ExampleTable):
        raise ValueError("must be text in quotes, or a table with text and what else is known of the post")
    return given


class ExampleTable(Part):
    """A post that shows what is meant, for terms that ask for more than its text."""

    text: Annotated[str, Field(examples=["the summit begins"])]
    """Text of the post."""
    channel: Text | None = None
    """Name of its channel; if not set, no `channel:` is true."""
    lang: Language | None = None
    """Language of its text; if not set, it is told from the text."""
    forward: StrictBool = False
    """Whether it is a forward."""
    edited: StrictBool = False
    """Whether it was edited."""
    media: tuple[MediaKind, ...] = ()
    """What is attached."""
    author: Text | None = None
    """Its signature."""
    title: Text | None = None
    """Its title; if not set, the first line of the text."""
    links: tuple[Text, ...] = ()
    """Addresses that it links to."""

    def example(self) -> Example:
        """Return it as the core knows it."""
        media = frozenset(self.media)
        facts = Facts(
            self.channel, self.lang, self.forward, self.edited, media, self.author, self.title, links=self.links
        )
        return Example(self.text, facts)


ExampleTables = tuple[
    Annotated[ExampleTable, BeforeValidator(_as_example, json_schema_input_type=str | ExampleTable)], ...
]


class Examples(Part):
    """Posts that show what is meant; a configuration whose examples fail is refused."""

    match: ExampleTables = ()
    """Posts that must be tagged: texts, or tables with text and what else is known."""
    no_match: ExampleTables = ()
    """Posts that must not be tagged."""


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
    exclusions: Annotated[
        tuple[Annotated[ExclusionTable, BeforeValidator(_as_table, json_schema_input_type=str | ExclusionTable)], ...],
        Field(alias="not", examples=[["summit camp"]]),
    ] = ()
    """What takes hits away: texts, or tables with term and where."""
    threshold: Weight = 1.0
    """What the weights of the terms that are found must add up to."""
    examples: Examples = Examples()
    """Posts that show what is meant."""

    def watchlist(self) -> Watchlist:
        """Return the watchlist as the core knows it."""
        return Watchlist(
            name=self.name,
            terms=tuple(term.as_term() for term in self.terms),
            examples=tuple(each.example() for each in self.examples.match),
            counter_examples=tuple(each.example() for each in self.examples.no_match),
            exclusions=tuple(exclusion.exclusion() for exclusion in self.exclusions),
            threshold=self.threshold,
        )


class WatchlistFile(Part):
    """What an included file may hold."""

    watchlist_tables: tuple[WatchlistTable, ...] = Field(default=(), alias="watchlist")
    """The concepts that are watched for, each in a [[watchlist]] table."""
