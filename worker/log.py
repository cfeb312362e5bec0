"""structlog set-up: console on a terminal, JSON lines otherwise; one canonical line per unit of work.

Does not decide what is logged. Frame locals never appear in a log, because they may hold secrets.
"""

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import FilteringBoundLogger, Processor

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure(*, level: str = "info", stream: TextIO | None = None) -> None:
    """Send every log line, the libraries' too, to `stream` (standard error if None) from `level` on."""
    target = stream or sys.stderr
    render: list[Processor]
    if target.isatty():
        render = [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    else:
        transformer = structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
        render = [
            structlog.processors.ExceptionRenderer(transformer),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    structlog.configure(
        processors=[*_SHARED, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=list(_SHARED),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def logger() -> FilteringBoundLogger:
    """Return the logger; bind what is common to a unit with `structlog.contextvars.bound_contextvars`."""
    bound: FilteringBoundLogger = structlog.get_logger()
    return bound
