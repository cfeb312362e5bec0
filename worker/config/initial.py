"""A first configuration to start from, and the schema that lets an editor help with it."""

from pathlib import Path
from typing import Any

from worker.config.models import Settings
from worker.errors import ConfigError
from worker.resources import shipped


def write_initial(folder: Path) -> list[Path]:
    """Copy the commented sample configuration and the shipped watchlists into `folder`, which is made if need be.

    Returns:
        The files written, the configuration first.

    Raises:
        ConfigError: a file stands there already (then nothing is written), or the folder cannot be written.
    """
    source = shipped("config")
    wanted = [source / "watchword.toml", *sorted((source / "watchlists").glob("*.toml"))]
    copies = {path: folder / path.relative_to(source) for path in wanted}
    there = [copy for copy in copies.values() if copy.exists()]
    if there:
        raise ConfigError([f"{copy}: exists already, choose another folder or move it away" for copy in there])
    for original, copy in copies.items():
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            with copy.open("x", encoding="utf-8") as file:
                file.write(original.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError([f"{copy}: cannot be written: {error.strerror}"]) from error
    return list(copies.values())


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a configuration file, with every setting's description."""
    schema = Settings.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Watchword configuration"}
