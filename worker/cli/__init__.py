"""The command line: arguments -> settings -> jobs.

Exit codes: 0 done, 1 something failed, 2 wrong usage or configuration. Errors go to standard error, in one line each
that says what to do.
"""

import os
import sys

from worker.cli import (
    backtest,
    channels,
    comparing,
    deliveries,
    digests,
    evidence,
    explain,
    history,
    importing,
    listing,
    pruning,
    recipients,
    running,
    setup,
    trial,
    watchlists,
)
from worker.cli.options import app
from worker.errors import ConfigError, WatchwordError

__all__ = [
    "backtest",
    "channels",
    "comparing",
    "deliveries",
    "digests",
    "evidence",
    "explain",
    "history",
    "importing",
    "listing",
    "main",
    "pruning",
    "recipients",
    "running",
    "setup",
    "trial",
    "watchlists",
]


def main() -> None:
    """Run the command and end the process."""
    try:
        app()
    except ConfigError as error:
        for problem in error.problems:
            pointer = error.pointers.get(problem)
            print(problem, *([pointer] if pointer else []), sep="\n", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    except WatchwordError as error:
        print(f"watchword: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    except BrokenPipeError:  # the reader of a listing has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
