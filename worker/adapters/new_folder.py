"""A folder that is written once, for somebody else to read: it lists what it holds, and never overwrites anything."""

import hashlib
from pathlib import Path

from worker.errors import WatchwordError


class NewFolder:
    """Writes files into a folder that must be new or empty.

    Args:
        path: of the folder; it is made with the folders above it.

    Raises:
        WatchwordError: it holds something already, or cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        #: (path inside the folder, SHA-256, size) of what has been written, in that order
        self.files: list[tuple[str, str, int]] = []
        try:
            path.mkdir(parents=True, exist_ok=True)
            is_empty = not any(path.iterdir())
        except OSError as error:
            raise WatchwordError(_cannot(path, error)) from error
        if not is_empty:
            message = f"{path}: is not empty, and evidence overwrites nothing; choose another folder"
            raise WatchwordError(message)

    def write(self, name: str, body: bytes) -> None:
        """Write a file, which may be in a folder below. Raises WatchwordError."""
        path = self.path / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(body)
        except OSError as error:
            raise WatchwordError(_cannot(path, error)) from error
        self.files.append((name, hashlib.sha256(body).hexdigest(), len(body)))


def _cannot(path: Path, error: OSError) -> str:
    return f"{path}: cannot be written: {(error.strerror or str(error)).lower()}"
