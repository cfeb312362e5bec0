"""Commands as processes of their own, forked from one that is ready (`tests.e2e.zygote`)."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ended:
    """How a command ended; a negative code is the signal that ended it, None: it had to be killed."""

    code: int | None
    out: str
    err: str

    def objects(self) -> list[dict[str, Any]]:
        """The output, read as one JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The log lines of one kind."""
        lines = (json.loads(line) for line in self.err.splitlines() if line.startswith("{"))
        return [line for line in lines if line.get("event") == event]


class Running:
    """A command that is running."""

    def __init__(self, commands: "Commands", pid: int, folder: Path) -> None:
        self._commands, self.pid, self._folder = commands, pid, folder

    @property
    def err(self) -> str:
        return (self._folder / "stderr").read_text(encoding="utf-8")

    def wait_for(self, words: str, seconds: float = 10) -> None:
        """Wait until `words` stand in the standard error."""
        wait_until(lambda: words in self.err, seconds, lambda: self.err)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def end(self, seconds: float) -> Ended:
        """Wait for the end; a command that does not end in time is killed."""
        code = self._commands.ask({"wait": self.pid, "seconds": seconds})
        if code is None:
            self.signal(signal.SIGKILL)
            self._commands.ask({"wait": self.pid, "seconds": 5})
        out = (self._folder / "stdout").read_bytes().decode("utf-8", "replace")
        return Ended(code, out, self.err)


class Commands:
    """Starts commands."""

    def __init__(self, process: "subprocess.Popen[str]", scratch: Path) -> None:
        self._process, self._scratch = process, scratch
        self.environment: dict[str, str] = {}

    def ask(self, request: Mapping[str, Any]) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def start(
        self,
        *words: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        kill_at: int = 0,
    ) -> Running:
        """Start a command; with `kill_at` it dies at that step."""
        folder = Path(tempfile.mkdtemp(dir=self._scratch))
        (folder / "stdin").write_bytes(stdin)
        for name in ("stdout", "stderr"):
            (folder / name).touch()
        streams = {name: str(folder / name) for name in ("stdin", "stdout", "stderr")}
        request = {
            **streams,
            "words": [str(word) for word in words],
            "cwd": str(cwd or folder),
            "env": {**self.environment, **(env or {})},
            "kill_at": kill_at,
        }
        return Running(self, self.ask(request), folder)

    def run(self, *words: str | Path, seconds: float = 20, **options: Any) -> Ended:
        """Run a command to its end."""
        return self.start(*words, **options).end(seconds)


@contextlib.contextmanager
def commands(scratch: Path) -> Iterator[Commands]:
    """Prepare the process from which commands are forked."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("WATCHWORD_", "COV_", "PYTEST_"))
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.zygote"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
        env={**environment, "PYTHONUTF8": "1"},
    ) as process:
        yield Commands(process, scratch)
        assert process.stdin
        process.stdin.close()


def wait_until(true: Callable[[], bool], seconds: float, explain: Callable[[], object] = lambda: "") -> None:
    """Wait for another process or thread to come that far."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain: {explain()}"
        time.sleep(0.01)
