"""The pages of one chat as Telegram Desktop exports them: ``messages.html``, ``messages2.html`` ... of one folder."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

#: what shows that a folder is the export of one chat
ONE_CHAT = frozenset({"messages.html", "result.json"})
_PAGE = re.compile(r"messages(\d{0,6})\.html", re.ASCII)


def is_page(name: str) -> bool:
    """Tell whether a file of this name is a page of a chat."""
    return _PAGE.fullmatch(name) is not None


def page_number(name: str) -> int:
    """Return the place of a page among those of its chat; the first has no number."""
    found = _PAGE.fullmatch(name)
    return int(found[1] or 1) if found else 0


def grouped(paths: Iterable[Path]) -> list[Sequence[Path]]:
    """Put the pages of a folder together, in order, where the first of them stands; any other file stands alone."""
    groups: list[list[Path]] = []
    of_folder: dict[Path, list[Path]] = {}
    for path in paths:
        if not is_page(path.name):
            groups.append([path])
        elif path.parent in of_folder:
            of_folder[path.parent].append(path)
        else:
            of_folder[path.parent] = [path]
            groups.append(of_folder[path.parent])
    for group in of_folder.values():
        group.sort(key=lambda path: page_number(path.name))
    return [tuple(group) for group in groups]


def whole_chat(path: Path) -> list[Path]:
    """Return the files of the chat whose first page, or whose folder, is `path`; only `path` for anything else."""
    if path.is_dir():
        chat = next((path / name for name in ("result.json", "messages.html") if (path / name).is_file()), None)
        return [path] if chat is None else whole_chat(chat)
    if path.name != "messages.html":
        return [path]
    return [path, *(page for page in path.parent.glob("messages*.html") if is_page(page.name) and page != path)]
