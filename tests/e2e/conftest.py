"""Fixtures for the end-to-end tests: servers, commands, and a house with a configuration to try them in."""

import base64
import contextlib
import os
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import trustme

from tests.e2e import process, servers
from tests.e2e.process import Commands, Ended
from worker.adapters.store import Store
from worker.adapters.store.engine import open_engine
from worker.config import Settings, load

SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes for these tests").decode()

_SHARED = """
[storage]
url = "{storage}"
[fetch]
spacing = "0s"
timeout = "{timeout}"
max_bytes = 8_000_000
allow_networks = {allow}
[mail]
host = "localhost"
port = {mail_port}
security = "starttls"
user = "{user}"
password = {{ file = "mail-password" }}
from = "Watchword <watchword@watch.example>"
"""
_DESK = """
[[recipient]]
name = "desk"
email = "desk@paper.example"
digest = { at = "00:00", timezone = "UTC", language = "en" }
"""
_HOOK = """
[[recipient]]
name = "hook"
webhook = "SITE/hook"
secret = { file = "hook-secret" }
alerts = true
"""


@dataclass(frozen=True)
class House:
    """A folder with a configuration, and the servers that it names."""

    folder: Path
    site: servers.Site
    mail: servers.Mailbox
    commands: Commands
    authority: Path
    storage: str

    @property
    def config(self) -> Path:
        return self.folder / "watchword.toml"

    @property
    def dumps(self) -> Path:
        return self.folder / "dumps"

    def furnish(
        self, channels: str, recipients: str = _DESK + _HOOK, *, timeout: str = "20s", allow: str = '["127.0.0.1/32"]'
    ) -> Settings:
        """Write the configuration; SITE stands for the web server's address."""
        self.dumps.mkdir(exist_ok=True)
        shared = _SHARED.format(
            storage=self.storage, timeout=timeout, allow=allow, mail_port=self.mail.port, user=servers.MAIL_USER
        )
        self.config.write_text(f"{shared}{channels}{recipients}".replace("SITE", self.site.url), encoding="utf-8")
        for name, secret in (("hook-secret", SECRET), ("mail-password", servers.MAIL_PASSWORD)):
            (self.folder / name).touch(mode=0o600)
            (self.folder / name).write_text(secret + "\n", encoding="ascii")
        return load(self.config)

    def drop(self, name: str, content: str | bytes) -> Path:
        """Drop a dump that has been lying there for a while."""
        path = self.dumps / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        written = time.time() - 60
        os.utime(path, (written, written))
        return path

    def run(self, *words: str | Path, kill_at: int = 0, seconds: float = 20) -> Ended:
        """Run a command on this configuration."""
        environment = {"SSL_CERT_FILE": str(self.authority)}
        return self.commands.run(
            *words, "--config", self.config, cwd=self.folder, env=environment, kill_at=kill_at, seconds=seconds
        )

    def start(self, *words: str) -> process.Running:
        """Start a command on this configuration."""
        environment = {"SSL_CERT_FILE": str(self.authority)}
        return self.commands.start(*words, "--config", self.config, cwd=self.folder, env=environment)

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        """Open the database beside the command."""
        engine = open_engine(self.storage)
        yield Store(engine)
        engine.dispose()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def authority_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", servers.HOST).configure_cert(context)
    return context


@pytest.fixture(scope="session")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    with process.commands(tmp_path_factory.mktemp("commands")) as ready:
        yield ready


@pytest.fixture
def site() -> Iterator[servers.Site]:
    with servers.web_site() as running:
        yield running


@pytest.fixture
def mailbox(server_tls: ssl.SSLContext) -> Iterator[servers.Mailbox]:
    with servers.mail_server(server_tls) as running:
        yield running


@pytest.fixture
def house(
    tmp_path: Path, site: servers.Site, mailbox: servers.Mailbox, commands: Commands, authority_file: Path
) -> House:
    """A house on SQLite."""
    return House(tmp_path, site, mailbox, commands, authority_file, f"sqlite:///{tmp_path}/watchword.db")


@pytest.fixture
def any_house(house: House, database_url: str) -> House:
    """A house on each kind of database."""
    return replace(house, storage=database_url)
