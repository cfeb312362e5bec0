"""What all tables of the configuration have in common."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class Part(BaseModel):
    """Base of every table: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def not_empty(given: tuple[T, ...]) -> tuple[T, ...]:
    """Refuse an empty list."""
    # not Field(min_length=): that calls a list empty whose only element was refused
    if not given:
        raise ValueError("must not be empty")
    return given
