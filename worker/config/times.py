"""When a recipient is told: times of day, days of the week, the digest and the quiet hours."""

from datetime import time
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, PlainValidator, StrictBool, StringConstraints

from worker.config.part import Part
from worker.config.values import CLOCK_PATTERN, check_zone, parse_clock
from worker.core.timetable import EVERY_DAY, WORKING_DAYS

#: as `date.weekday` counts them
WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS: Final = {"daily": EVERY_DAY, "weekdays": WORKING_DAYS}
#: more in a day would be alerts
_MOST_TIMES: Final = 24

_ClockText = Annotated[str, StringConstraints(pattern=CLOCK_PATTERN)]
Clock = Annotated[time, PlainValidator(parse_clock, json_schema_input_type=_ClockText)]
Zone = Annotated[str, AfterValidator(check_zone)]
Language = Literal["en", "fr", "ru"]


def _times(given: object) -> tuple[time, ...]:
    """Return the times of day in order; one alone needs no list."""
    listed = list(given) if isinstance(given, list | tuple) else [given]
    times = tuple(parse_clock(each) for each in listed)
    if not times:
        raise ValueError('must not be empty, write a time of day such as "07:30"')
    if len(set(times)) < len(times):
        raise ValueError("names a time of day twice, take one out")
    if len(times) > _MOST_TIMES:
        raise ValueError(f"must be at most {_MOST_TIMES} times of day")
    return tuple(sorted(times))


def _days(given: object) -> frozenset[int]:
    """Return the days of the week as `date.weekday` counts them."""
    if isinstance(given, frozenset):
        return given
    if isinstance(given, str) and given in _DAYS:
        return _DAYS[given]
    if isinstance(given, list) and given and all(isinstance(day, str) and day in WEEK for day in given):
        return frozenset(WEEK.index(day) for day in given)
    raise ValueError('must be "daily", "weekdays" or a list of days such as ["mon", "thu"]')


Times = Annotated[
    tuple[time, ...], PlainValidator(_times, json_schema_input_type=_ClockText | Annotated[list[_ClockText], Field()])
]
Days = Annotated[
    frozenset[int],
    PlainValidator(
        _days,
        json_schema_input_type=Literal["daily", "weekdays"]
        | list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]],
    ),
]


class Digest(Part):
    """When and how a recipient's digest goes out."""

    at: Annotated[Times, Field(examples=["07:30"])]
    """Time of day on the recipient's clock, or a list of several."""
    days: Days = EVERY_DAY
    """On which days: "daily", "weekdays" (Monday to Friday) or a list such as ["mon", "thu"]."""
    timezone: Annotated[Zone, Field(examples=["Europe/Paris"])] | None = None
    """Name of the time zone; the recipient's if not set."""
    language: Language | None = None
    """Language of the digest; the recipient's if not set."""
    empty: Literal["skip", "send"] = "skip"
    """What becomes of a digest that has nothing to tell."""
    whole: Annotated[StrictBool, Field(alias="all")] = False
    """Tell in the digest, too, what was told at once."""


class Quiet(Part):
    """The hours in which alerts wait."""

    start: Annotated[Clock, Field(alias="from", examples=["22:00"])]
    """Time of day at which they begin."""
    end: Annotated[Clock, Field(alias="to", examples=["07:00"])]
    """Time of day at which they end; of the next day, if it is not later than `from`."""
    timezone: Annotated[Zone, Field(examples=["Europe/Paris"])] | None = None
    """Name of the time zone; the recipient's if not set."""
    days: Days = EVERY_DAY
    """On which days they begin."""
