"""A file that others read at any time: written beside its place and moved there, so that it is always whole."""

import os
import secrets
from pathlib import Path

from worker.errors import WatchwordError

#: what of the file's rights the process's umask takes away is its business: a web server has to read it
_MODE = 0o666


def is_there(path: str) -> bool:
    """Tell whether there is such a file."""
    return Path(path).is_file()


def write_whole(path: str, body: bytes) -> None:
    """Write the file, or leave it as it was.

    Raises:
        WatchwordError: the folder is not there, or the file cannot be written.
    """
    target = Path(path)
    if not target.parent.is_dir():
        message = f"{path}: there is no folder {target.parent}, make it"
        raise WatchwordError(message)
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.new")
    try:
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        message = f"{path}: cannot be written: {(error.strerror or str(error)).lower()}"
        raise WatchwordError(message) from error
