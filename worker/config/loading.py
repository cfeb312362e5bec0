"""From files to settings: read, include, check, convert. Every problem is found before the first is reported.

Does not read secrets, and does not ask whether servers and addresses answer.
"""

import glob
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from worker.adapters.chat import is_installed
from worker.config import documents, rules, wording
from worker.config.documents import Document, Placed, Problem
from worker.config.examples import example_problems
from worker.config.models import Settings
from worker.config.watchlists import WatchlistFile
from worker.core.models import Watchlist
from worker.core.watchlist.concept import names_in
from worker.errors import ConfigError
from worker.resources import shipped

#: more than anybody writes; a pattern that begins at the root would otherwise read the whole disk
_MOST_FILES: Final = 1000


@dataclass
class _Gathered:
    """The files of one configuration and whose each watchlist is."""

    files: list[Document]
    problems: list[Placed] = field(default_factory=list)
    #: lines about files that could not be read at all
    unreadable: list[str] = field(default_factory=list)
    watchlists: list[Any] = field(default_factory=list)
    #: file and position of each of `watchlists`
    origins: list[tuple[int, int]] = field(default_factory=list)

    def add(self, file: int) -> None:
        """Take the watchlists of a file; what is no list of tables is left for the models to refuse."""
        tables = self.files[file].tables.get("watchlist")
        for number, table in enumerate(tables if isinstance(tables, list) else ()):
            self.watchlists.append(table)
            self.origins.append((file, number))

    def place(self, problem: Problem) -> Placed:
        """Return `problem`, found in the whole configuration, with its place in the file it comes from."""
        if problem.elsewhere:
            other = self.place(Problem(problem.elsewhere, ""))
            problem = replace(problem, message=f"{problem.message} {other.where}", elsewhere=None)
        match problem.path:
            case ("watchlist", int(number), *rest) if number < len(self.origins):
                file, own = self.origins[number]
                return self.files[file].placed(replace(problem, path=("watchlist", own, *rest)), file)
        return self.files[0].placed(problem)

    def lines(self, problems: Iterable[Problem]) -> dict[str, str | None]:
        """Return a line for each problem, in the order of files and places, with what points at the place."""
        ordered = documents.in_order([*self.problems, *map(self.place, problems)])
        return ordered | dict.fromkeys(self.unreadable)


def load(path: Path) -> Settings:
    """Return the settings in the file `path` and in the files that it includes.

    The watchlists are the file's own, then the included ones. A shipped watchlist is added where a recipient names it
    and the configuration defines none of this name; a configuration that neither defines nor includes any gets all.

    Raises:
        ConfigError: with every problem, each ``file:line:column: path: what is wrong, what would be right``.
    """
    gathered = _Gathered([documents.read(path)])
    gathered.add(0)
    _include(gathered)
    offered = _add_shipped(gathered)
    main = gathered.files[0].tables
    # a watchlist that is no list of tables stays as it is, to be refused
    merged = main if "watchlist" in main and not isinstance(main["watchlist"], list) else _merged(gathered)
    whole = rules.Whole(merged, complete=not gathered.unreadable, shipped=offered, can_chat=is_installed())
    problems = list(rules.find_problems(whole))
    settings = None
    try:
        # pydantic makes a table that is left out without the context: its file would lie in the working directory
        settings = Settings.model_validate({"storage": {}, **merged}, context={"folder": path.parent})
    except ValidationError as error:
        problems += wording.problems_of(error, Settings)
    lines = gathered.lines(problems)
    _refuse(lines)
    assert settings is not None
    _refuse(gathered.lines(example_problems(settings.watchlists)))
    return settings


def watchlist_places(path: Path) -> dict[str, str]:
    """Return the name of each watchlist of a configuration that loads, and where it stands: ``file:line:column``."""
    gathered = _Gathered([documents.read(path)])
    gathered.add(0)
    _include(gathered)
    _add_shipped(gathered)
    return {
        table["name"]: gathered.place(Problem(("watchlist", number, "name"), "")).where
        for number, table in enumerate(gathered.watchlists)
    }


def check_examples(settings: Settings) -> None:
    """Compile the watchlists of `settings` and try their examples; `load` has done so already.

    Raises:
        ConfigError: a term that cannot be understood or an example that fails, without the place in the file.
    """
    problems = example_problems(settings.watchlists)
    _refuse(dict.fromkeys(map(_unplaced, problems)))


def _unplaced(problem: Problem) -> str:
    other = f" {documents.written_path(problem.elsewhere)}" if problem.elsewhere else ""
    return f"{documents.written_path(problem.path)}: {problem.message}{other}"


def load_watchlists(paths: Sequence[Path] | None = None) -> tuple[Watchlist, ...]:
    """Return the watchlists in the files `paths`, which hold nothing else; the shipped ones if None.

    Raises:
        ConfigError: with every problem, as `load` does.
    """
    gathered = _Gathered([])
    for path in _shipped_files() if paths is None else paths:
        _add_file(gathered, path)
    problems = list(rules.find_problems(rules.Whole({"watchlist": gathered.watchlists}, complete=True)))
    _refuse(gathered.lines(problems))
    tables = WatchlistFile.model_validate({"watchlist": gathered.watchlists}).watchlist_tables
    watchlists = tuple(table.watchlist() for table in tables)
    _refuse(gathered.lines(example_problems(watchlists)))
    return watchlists


def _refuse(lines: Mapping[str, str | None]) -> None:
    if lines:
        raise ConfigError(list(lines), {line: pointer for line, pointer in lines.items() if pointer})


def _merged(gathered: _Gathered) -> dict[str, Any]:
    return {**gathered.files[0].tables, "watchlist": gathered.watchlists}


def _include(gathered: _Gathered) -> None:
    """Add the files that the main file's `include` names, in alphabetical order for each pattern."""
    main = gathered.files[0]
    patterns = main.tables.get("include")
    seen = {main.path.resolve()}
    for number, pattern in enumerate(patterns if isinstance(patterns, list) else ()):
        if not isinstance(pattern, str) or not pattern or not pattern.isprintable():
            continue  # the models refuse it
        # pathlib refuses patterns that begin at the root
        found = glob.iglob(pattern, root_dir=main.path.parent, recursive=True)  # noqa: PTH207
        names = sorted(islice(found, _MOST_FILES + 1))
        if not names or len(names) > _MOST_FILES:
            many = f"more than {_MOST_FILES} files match" if names else "no file matches"
            problem = Problem(("include", number), f"{many}, the path begins at this file's folder")
            gathered.problems.append(main.placed(problem))
            continue
        for name in names:
            path = main.path.parent / name
            if path.resolve() not in seen:
                seen.add(path.resolve())
                _add_file(gathered, path)


def _add_file(gathered: _Gathered, path: Path) -> None:
    try:
        document = documents.read(path)
    except ConfigError as error:
        gathered.unreadable += error.problems
        return
    gathered.files.append(document)
    file = len(gathered.files) - 1
    gathered.problems += (document.placed(problem, file) for problem in _own_problems(document))
    gathered.add(file)


def _own_problems(document: Document) -> Iterator[Problem]:
    """Yield what is wrong in a file of watchlists; ``[[watchlist]]`` tables themselves are checked with the whole."""
    for key in document.tables:
        if key != "watchlist":
            yield Problem((key,), "only [[watchlist]] tables stand in an included file, take it out", at_key=True)
    if not document.tables:
        yield Problem((), "holds no [[watchlist]] table, add one or do not include the file")
    try:
        WatchlistFile.model_validate({key: document.tables[key] for key in document.tables if key == "watchlist"})
    except ValidationError as error:
        yield from wording.problems_of(error, WatchlistFile)


def _shipped_files() -> list[Path]:
    return sorted((shipped("config") / "watchlists").glob("*.toml"))


def _add_shipped(gathered: _Gathered) -> frozenset[str]:
    """Add the shipped watchlists that are wanted and not defined; return the names of all that are not defined."""
    main = gathered.files[0].tables
    whole = rules.Whole(_merged(gathered), complete=True)
    defined = {name.casefold() for name in whole.names("watchlist")}
    wanted = {name for _, recipient in whole.each("recipient") for name in _texts(recipient.get("watchlists"))}
    named = {name.casefold() for _, table in whole.each("watchlist") for name in _named_watchlists(table)}
    wants_all = "watchlist" not in main and "include" not in main
    if gathered.unreadable or not (wants_all or wanted or named):
        return frozenset()
    offered: set[str] = set()
    for path in _shipped_files():
        document = documents.read(path)
        names = {table["name"] for table in document.tables.get("watchlist", ())}
        if not defined & {name.casefold() for name in names}:
            offered |= names
            if wants_all or names & wanted or {name.casefold() for name in names} & named:
                gathered.files.append(document)
                gathered.add(len(gathered.files) - 1)
    return frozenset(offered)


def _named_watchlists(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the watchlists that the queries of a watchlist's table name, as far as it has the right shape."""
    for key in ("terms", "not"):
        written = table.get(key)
        for one in written if isinstance(written, list) else ():
            text = one.get("term") if isinstance(one, dict) else one
            yield from names_in(text) if isinstance(text, str) else ()


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
