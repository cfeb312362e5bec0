"""Just enough JSON Schema (2020-12) to hold a document against the schemas of this house; unknown words are refused."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_TOLD_ELSEWHERE = {"$schema", "title", "description", "$defs"}


def problems(value: Any, schema: Mapping[str, Any], *, closed: bool = True) -> list[str]:
    """Return what is wrong with a document; with `closed` a field that the schema does not name is wrong too."""
    return list(_problems(value, schema, schema, "$", closed))


def _problems(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], at: str, closed: bool) -> Iterator[str]:
    for word, wanted in schema.items():
        match word:
            case "$ref":
                yield from _problems(value, root["$defs"][wanted.removeprefix("#/$defs/")], root, at, closed)
            case "oneOf":
                found = [list(_problems(value, one, root, at, closed)) for one in wanted]
                fitting = sum(not one for one in found)
                if fitting != 1:
                    yield f"{at}: fits {fitting} of {len(wanted)}: {min(found, key=len)}"
            case "type":
                names = [wanted] if isinstance(wanted, str) else wanted
                if not any(_is(value, name) for name in names):
                    yield f"{at}: {value!r} is no {names}"
            case "enum" | "const":
                if value not in (wanted if word == "enum" else [wanted]):
                    yield f"{at}: {value!r} is not {wanted}"
            case "required":
                yield from (
                    f"{at}.{name}: is missing" for name in wanted if isinstance(value, dict) and name not in value
                )
            case "properties":
                for name, inner in value.items() if isinstance(value, dict) else ():
                    if name in wanted:
                        yield from _problems(inner, wanted[name], root, f"{at}.{name}", closed)
                    elif closed:
                        yield f"{at}.{name}: is not in the schema"
            case "items":
                for number, inner in enumerate(value if isinstance(value, list) else ()):
                    yield from _problems(inner, wanted, root, f"{at}[{number}]", closed)
            case "maxItems" | "maxLength":
                if isinstance(value, list | str) and len(value) > wanted:
                    yield f"{at}: {len(value)} are more than {wanted}"
            case "minimum":
                if isinstance(value, int | float) and value < wanted:
                    yield f"{at}: {value} is less than {wanted}"
            case "format":
                if isinstance(value, str) and datetime.fromisoformat(value).tzinfo is None:
                    yield f"{at}: {value} is no time with a zone"
            case _ if word not in _TOLD_ELSEWHERE:
                message = f"{at}: {word} is not understood here"
                raise NotImplementedError(message)


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool) and name != "boolean":
        return False
    return isinstance(value, _TYPES[name])
