"""Secrets: read only when asked, from three places, and never told."""

from pathlib import Path

import pytest

from worker.config import Secret
from worker.errors import ConfigError


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def secret_file(path: Path, content: bytes, mode: int = 0o600) -> Secret:
    path.write_bytes(content)
    path.chmod(mode)
    return Secret(file=str(path))


def refusal(secret: Secret) -> str:
    with pytest.raises(ConfigError) as refused:
        secret.read()
    return str(refused.value)


def test_reads_a_credential(credentials: Path) -> None:
    (credentials / "smtp_password").write_text("sesame\n")
    assert Secret(credential="smtp_password").read() == "sesame"


def test_takes_a_credential_whatever_its_mode_because_systemd_adds_an_access_list(credentials: Path) -> None:
    (credentials / "smtp_password").write_text("sesame")
    (credentials / "smtp_password").chmod(0o444)
    assert Secret(credential="smtp_password").read() == "sesame"


def test_reads_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "sesame")
    assert Secret(env="SMTP_PASSWORD").read() == "sesame"


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b"sesame", "sesame"),
        (b"sesame\n", "sesame"),
        (b"sesame\r\n", "sesame"),
        (b"sesame\n\n", "sesame\n"),
        (b" open sesame ", " open sesame "),
        ("сезам".encode(), "сезам"),
    ],
)
def test_takes_one_line_end_and_nothing_else_off(content: bytes, secret: str, tmp_path: Path) -> None:
    assert secret_file(tmp_path / "secret", content).read() == secret


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o660])
def test_reads_a_file_that_others_cannot_read(mode: int, tmp_path: Path) -> None:
    assert secret_file(tmp_path / "secret", b"sesame", mode).read() == "sesame"


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o444])
def test_refuses_a_file_that_everybody_can_read(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    said = refusal(secret_file(path, b"sesame", mode))
    assert said == f"secret file {path}: everybody can read it, run: chmod o-rwx {path}"


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "is empty"), (b"\n", "is empty"), (b"ses\xe9me", "is not UTF-8 text")]
)
def test_refuses_content_that_is_no_secret_without_telling_it(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    with pytest.raises(ConfigError) as refused:
        secret_file(path, content).read()
    assert str(refused.value) == f"secret file {path}: {reason}"
    assert refused.value.__cause__ is None


def test_says_that_a_file_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    assert refusal(Secret(file=str(path))) == f"secret file {path}: cannot be read: No such file or directory"


def test_says_that_a_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMTP_PASSWORD", raising=False)
    assert refusal(Secret(env="SMTP_PASSWORD")) == 'environment variable "SMTP_PASSWORD": is not set'


def test_says_how_systemd_hands_a_credential_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert "LoadCredential=smtp_password:PATH" in refusal(Secret(credential="smtp_password"))


def test_says_that_a_credential_is_missing(credentials: Path) -> None:
    assert refusal(Secret(credential="hook")) == 'credential "hook": cannot be read: No such file or directory'


@pytest.mark.parametrize("name", ["", ".", "..", "../hook", "a/b", ".hidden", "a b", "x" * 256])
def test_refuses_credentials_that_lead_out_of_their_folder(name: str) -> None:
    with pytest.raises(ValueError, match="name of a systemd credential"):
        Secret(credential=name)


def test_never_shows_the_secret(credentials: Path) -> None:
    (credentials / "hook").write_text("sesame")
    secret = Secret(credential="hook")
    secret.read()
    assert "sesame" not in f"{secret!r} {secret} {secret.model_dump()}"
