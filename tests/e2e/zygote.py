"""Runs commands in forks of one prepared process: a real process for each command, without the start-up each time.

Reads one request a line on standard input, answers on standard output: ``start`` gives a process id, ``wait`` an exit
code, or None where the process did not end in time. Knows nothing of tests.
"""

import contextlib
import gc
import json
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

import psycopg

from tests.e2e import killer
from worker import cli

_CONFIG = """
[mail]
host = "127.0.0.1"
port = 1
security = "none"
from = "warm-up@watch.example"
[[channel]]
name = "warm-up"
path = "*.txt"
announce_first = true
[[recipient]]
name = "nobody"
email = "nobody@watch.example"
digest = { at = "00:00" }
"""


def main() -> None:
    _warm_up()
    gc.freeze()  # or each fork would copy all of it at its end
    for line in iter(sys.stdin.readline, ""):
        request = json.loads(line)
        if "wait" in request:
            answer = _wait(request["wait"], request["seconds"])
        else:
            sys.stdout.flush()
            answer = os.fork()
            if answer == 0:
                _live(request)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _warm_up() -> None:
    """Work once on nothing of importance, so that the forks find everything imported."""
    psycopg.Connection  # noqa: B018 - imported for the forks
    with tempfile.TemporaryDirectory() as scratch, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        folder = Path(scratch)
        (folder / "watchword.toml").write_text(_CONFIG, encoding="utf-8")
        (folder / "dump.txt").write_text("A title\nA line on BRICS and Ukraine.\nAnother line.\n", encoding="utf-8")
        os.utime(folder / "dump.txt", (0, 0))
        with (
            contextlib.redirect_stdout(nowhere),
            contextlib.redirect_stderr(nowhere),
            contextlib.suppress(SystemExit),
        ):
            sys.argv = ["watchword", "once", "--config", str(folder / "watchword.toml")]
            cli.main()


def _wait(pid: int, seconds: float) -> int | None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.003)
    return None


def _live(request: dict[str, Any]) -> NoReturn:
    """Be the command, and end without taking the whole prepared process apart, which takes longer than the command."""
    code: object = 0
    try:
        _become(request)
        cli.main()
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        code = 1
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def _become(request: dict[str, Any]) -> None:
    for number, (path, flags) in enumerate(
        ((request["stdin"], os.O_RDONLY), (request["stdout"], os.O_WRONLY), (request["stderr"], os.O_WRONLY))
    ):
        os.dup2(os.open(path, flags), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - what the parent had read ahead is not ours
    os.chdir(request["cwd"])
    os.environ.update(request["env"])
    sys.argv = ["watchword", *request["words"]]
    if request["kill_at"]:
        killer.arm(request["kill_at"])


if __name__ == "__main__":
    main()
