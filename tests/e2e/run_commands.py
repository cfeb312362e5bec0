"""A process of its own that runs `watchword` commands one after the other, because starting it for each takes seconds.

Standard input: a JSON list of ``[folder, command]``; standard output: a JSON list of ``[exit code, stdout, stderr]``.
A command may end in ``> FILE``.
"""

import contextlib
import io
import json
import os
import shlex
import sys
from pathlib import Path

from worker.cli import main


def run(folder: str, command: str) -> tuple[int, str, str]:
    os.chdir(folder)
    words = shlex.split(command)
    file = words[-1] if words[-2:-1] == [">"] else None
    sys.argv = words[:-2] if file else words
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    if file:
        Path(file).write_text(out.getvalue(), "utf-8")
    return code, "" if file else out.getvalue(), err.getvalue()


if __name__ == "__main__":
    results = [run(*each) for each in json.load(sys.stdin)]
    json.dump(results, sys.stdout)
