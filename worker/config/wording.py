"""What pydantic found wrong, in words for the person who wrote the file. Never repeats a value: it may be a secret."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from worker.config.documents import Problem
from worker.config.locate import Path
from worker.config.values import quoted
from worker.core.nearest import nearest

_KINDS: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (bool, "a boolean"),
    (int, "a whole number"),
    (float, "a number with a point"),
    (str, "text"),
    (list, "a list"),
    (dict, "a table"),
    ((date, time), "a date or time"),
)

#: pydantic's type of error -> what would be right, from its context and the kind of the value
_WORDS: Final[Mapping[str, Callable[[Mapping[str, Any], str], str]]] = {
    "string_type": lambda _, kind: f"must be text in quotes, not {kind}",
    "int_type": lambda _, kind: f"must be a whole number without quotes, not {kind}",
    "bool_type": lambda _, kind: f"must be true or false without quotes, not {kind}",
    "tuple_type": lambda _, kind: f"must be a list in square brackets, not {kind}",
    "dict_type": lambda _, kind: f"must be a table, not {kind}",
    "model_type": lambda _, kind: f"must be a table, not {kind}",
    "greater_than_equal": lambda context, _: f"must be at least {context['ge']}",
    "less_than_equal": lambda context, _: f"must be at most {context['le']}",
    "string_too_short": lambda _context, _kind: "must not be empty",
    "literal_error": lambda context, _: "must be " + context["expected"].replace("'", '"'),
    "value_error": lambda context, _: str(context["error"]),
}


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Return one problem for each thing that is wrong with the tables that `model` refused."""
    return list(_problems(error.errors(include_url=False), model))


def _problems(found: list[ErrorDetails], model: type[BaseModel]) -> Iterator[Problem]:
    """Yield what is worth saying: not that a key is missing whose misspelling was found beside it."""
    misspelt = {(*path[:-1], meant) for each in found if (path := each["loc"]) and (meant := _meant(each, model))}
    for each in found:
        if each["type"] == "default_factory_not_called" or (each["type"] == "missing" and each["loc"] in misspelt):
            continue
        yield _problem(each, model)


def _meant(each: ErrorDetails, model: type[BaseModel]) -> str | None:
    """Return the key that an unknown one was probably meant to be."""
    *parent, key = each["loc"]
    table = model_at(model, tuple(parent)) if each["type"] == "extra_forbidden" else None
    return nearest(str(key), _fields(table)) if table else None


def _problem(each: ErrorDetails, model: type[BaseModel]) -> Problem:
    path = tuple(part for part in each["loc"] if part != "[key]")
    match each["type"]:
        case "extra_forbidden":
            return Problem(path, _unknown_key(str(path[-1]), model_at(model, path[:-1])), at_key=True)
        case "missing":
            return Problem(path, _missing(str(path[-1]), model_at(model, path[:-1])))
        case "tuple_type" if len(path) == 1 and isinstance(each["input"], dict):
            return Problem(path, f"must be a list of tables, write [[{path[0]}]] with two brackets")
    words = _WORDS.get(each["type"])
    said = words(each.get("ctx", {}), _kind(each["input"])) if words else each["msg"][:1].lower() + each["msg"][1:]
    return Problem(path, said, at_key="[key]" in each["loc"])


def _kind(value: object) -> str:
    return next((kind for types, kind in _KINDS if isinstance(value, types)), "this")


def _unknown_key(key: str, model: type[BaseModel] | None) -> str:
    known = list(_fields(model)) if model else []
    meant = nearest(key, known)
    return f'unknown key, did you mean "{meant}"?' if meant else f"unknown key, known are {quoted(known)}"


def _missing(key: str, model: type[BaseModel] | None) -> str:
    examples = _fields(model)[key][1] if model else None
    return f"is required, for example {key} = {_toml(examples[0])}" if examples else "is required"


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_toml(each) for each in value)}]"
    return f'"{value}"'


def _fields(model: type[BaseModel]) -> dict[str, tuple[object, list[Any] | None]]:
    """Return annotation and examples of each key that `model` knows, by the key's name in the file."""
    return {field.alias or name: (field.annotation, field.examples) for name, field in model.model_fields.items()}


def model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """Return the model of the table at `path` below `model`; None if `path` leads out of it."""
    current: type[BaseModel] | None = model
    fresh = True
    for part in path:
        if current is None:
            return None
        fields = _fields(current)
        if part in fields:
            current, fresh = _model_in(fields[str(part)][0]), True
        elif not fresh:
            return None
        else:
            fresh = False  # a position in a list, or a free key such as a host: the model stays
    return current


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
