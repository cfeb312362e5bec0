"""A private PostgreSQL server for the tests: found on this machine, started on a socket of its own, thrown away."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg


def find_binaries() -> Path | None:
    """Return the folder of initdb and postgres; None where there is no PostgreSQL."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    on_path = shutil.which("initdb")
    folders = [*(folder for folder in reversed(installed)), *([Path(on_path).resolve().parent] if on_path else [])]
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def _account() -> dict[str, str | int]:
    """PostgreSQL refuses to run as root: use the system's own account for it, or nobody."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid}
    return {}


@contextlib.contextmanager
def server(binaries: Path) -> Iterator[str]:
    """Run a server without a network port; yield the URL of its database."""
    folder = Path(tempfile.mkdtemp(prefix="wwpg"))
    account = _account()
    if account:
        os.chown(folder, int(account["user"]), int(account["group"]))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **account}
    cluster = folder / "data"
    make = [
        binaries / "initdb",
        "-D",
        cluster,
        "-U",
        "watchword",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
        "--locale=C.UTF-8",
    ]
    subprocess.run(make, check=True, **quiet)  # type: ignore[call-overload]
    options = ("listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "timezone=Asia/Kathmandu")
    process = subprocess.Popen(
        [binaries / "postgres", "-D", cluster, *(word for option in options for word in ("-c", option))],
        **quiet,  # type: ignore[call-overload]
    )
    try:
        _wait_for(folder, process)
        yield f"postgresql+psycopg://watchword@/postgres?host={folder}"
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(folder: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(f"host={folder} user=watchword dbname=postgres").close()
            return
        time.sleep(0.05)
    message = "the private PostgreSQL server did not start"
    raise RuntimeError(message)
