"""Secrets by reference: the configuration says where a secret is, never what it is. Nothing is read before `read`."""

import os
import re
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from worker.config.values import folder_of
from worker.errors import ConfigError

Place = Literal["credential", "env", "file"]

REMEDY: Final = 'write { credential = "NAME" }, { env = "NAME" } or { file = "PATH" }'
_CREDENTIAL: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}")
_ENVIRONMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_READABLE_BY_OTHERS: Final = 0o004


def _credential(name: str) -> str:
    """Refuse what systemd.exec(5) would not take as the name of a credential; it becomes a file name."""
    if not _CREDENTIAL.fullmatch(name):
        raise ValueError('must be the name of a systemd credential: letters, digits, "_", "-" and "."')
    return name


def _variable(name: str) -> str:
    if not _ENVIRONMENT.fullmatch(name):
        raise ValueError('must be the name of an environment variable, for example "SMTP_PASSWORD"')
    return name


def _beside_config(path: str, info: ValidationInfo) -> str:
    if not path or not path.isprintable():
        raise ValueError("must be the path of a file")
    return str(folder_of(info) / path)


class Secret(BaseModel):
    """Where a secret is kept: exactly one of `credential`, `env` and `file`."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    credential: Annotated[str, AfterValidator(_credential), Field(examples=["smtp_password"])] | None = None
    """Name of a systemd credential (LoadCredential= or LoadCredentialEncrypted= in the unit)."""
    env: Annotated[str, AfterValidator(_variable), Field(examples=["SMTP_PASSWORD"])] | None = None
    """Name of an environment variable."""
    file: Annotated[str, AfterValidator(_beside_config), Field(examples=["/etc/watchword/smtp_password"])] | None = None
    """Path of a file, relative to the configuration's folder; only its owner and group may read it."""

    def read(self) -> str:
        """Return the secret, without the line end after it.

        Raises:
            ConfigError: the secret is missing, empty, not UTF-8, or in a file that everybody can read.
        """
        if self.env is not None:
            return _checked(os.environ.get(self.env), f'environment variable "{self.env}"')
        if self.file is not None:
            return _read_file(Path(self.file))
        assert self.credential is not None
        return _read_credential(self.credential)


def _read_credential(name: str) -> str:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        remedy = f"start under systemd with LoadCredential={name}:PATH, or use {{ env = }} or {{ file = }}"
        raise ConfigError([f'credential "{name}": $CREDENTIALS_DIRECTORY is not set, {remedy}'])
    # systemd 257 makes credentials 0440 with an access list, so their mode says nothing
    return _checked(_read_bytes(Path(folder) / name, f'credential "{name}"'), f'credential "{name}"')


def _read_file(path: Path) -> str:
    where = f"secret file {path}"
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise ConfigError([f"{where}: cannot be read: {error.strerror}"]) from error
    if mode & _READABLE_BY_OTHERS:
        raise ConfigError([f"{where}: everybody can read it, run: chmod o-rwx {path}"])
    return _checked(_read_bytes(path, where), where)


def _read_bytes(path: Path, where: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{where}: cannot be read: {error.strerror}"]) from error


def _checked(value: str | bytes | None, where: str) -> str:
    """Return `value` as text without one line end; its content never stands in an error."""
    if value is None:
        raise ConfigError([f"{where}: is not set"])
    try:
        text = value.decode("utf-8") if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        raise ConfigError([f"{where}: is not UTF-8 text"]) from None  # the cause would hold the secret
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise ConfigError([f"{where}: is empty"])
    return text


def _by_reference(given: object) -> object:
    """Refuse a secret that stands in the file itself, without a word of it."""
    if isinstance(given, Secret):
        return given
    if not isinstance(given, dict):
        # pydantic takes ValueError only
        raise ValueError(f"a secret never stands in the configuration, {REMEDY}")
    if sum(place in given for place in get_args(Place)) != 1:
        raise ValueError(f"a secret is in exactly one place, {REMEDY}")
    return given


SecretReference = Annotated[Secret, BeforeValidator(_by_reference, json_schema_input_type=Secret)]
