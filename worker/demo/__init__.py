"""The demonstration: the real pipeline against its own servers on loopback, told round by round in the terminal.

Nothing is faked but the channels and the clock; everything it makes stays in one folder to look at.
"""

import base64
import email
import email.policy
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console

from worker.bootstrap import Watch, open_watch, utc_now
from worker.config import load
from worker.demo.pages import preview_page
from worker.demo.servers import HOST, Received, mail_server, web_server
from worker.demo.story import CHANNELS, ROUNDS, Round
from worker.errors import WatchwordError
from worker.log import configure

#: tells a folder of ours from one that somebody needs
_MARK = "# made by `watchword demo`; it may be deleted or made again at any time\n"
#: more than it has
_INDEX_POSTS = 1_000
_SECRET = "whsec_" + base64.b64encode(b"only for the demonstration: 32 b").decode()

_CONFIG = """\
{mark}
[storage]
url = "sqlite:///watchword.db"

[fetch]
contact = "demo@watchword.example"
spacing = "0s"
allow_networks = ["127.0.0.1/32"]   # the demonstration's own servers

[mail]
host = "{host}"
port = {mail_port}
security = "none"                   # a server on this machine
from = "Watchword <watchword@watchword.example>"
{channels}
[[channel]]
name = "selmouth-harbour"
title = "Selmouth Harbour News"
path = "dumps/*.txt"

[[recipient]]
name = "desk"
email = "desk@newsroom.example"
digest = {{ at = "07:30", timezone = "Europe/Paris", language = "en" }}

[[recipient]]
name = "ops-hook"
webhook = "http://{host}:{web_port}/hook"
secret = {{ file = "hook-secret" }}
alerts = true
"""
_CHANNEL = """
[[channel]]
name = "{name}"
title = "{title}"
url = "http://{host}:{web_port}/s/{name}"
every = "10m"
"""


def run(out: Path) -> None:
    """Run the demonstration and leave everything it made in `out`.

    Raises:
        WatchwordError: `out` holds something else, or a round failed.
    """
    console = Console(highlight=False)
    folder = _folder(out)
    received = Received(folder)
    midnight = (utc_now() - timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    pages: dict[str, bytes] = {}
    with (
        web_server(pages.get, received, _SECRET) as web_port,
        mail_server(received) as mail_port,
        (folder / "log.jsonl").open("w", encoding="utf-8") as log,
    ):
        configure(stream=log)
        config = _write_config(folder, web_port, mail_port)
        now = midnight
        with open_watch(load(config), clock=lambda: now, settle=timedelta(0)) as watch:
            for number, step in enumerate(ROUNDS, 1):
                now = midnight + step.at
                pages.update({f"/s/{c.username}": preview_page(c, number, midnight) for c in CHANNELS})
                for name, text in step.dumps:
                    (folder / "dumps" / name).write_text(text, encoding="utf-8")
                _play(watch, number, step, now, console)
    configure()
    _show(folder, received, config, console)


def _folder(out: Path) -> Path:
    mark = out / "watchword.toml"
    if out.exists() and any(out.iterdir()):
        if not mark.is_file() or not mark.read_text(encoding="utf-8").startswith(_MARK):
            message = f"{out}: is not empty and was not made by the demonstration; choose another folder with --out"
            raise WatchwordError(message)
        shutil.rmtree(out)
    (out / "dumps").mkdir(parents=True)
    return out.resolve()


def _write_config(folder: Path, web_port: int, mail_port: int) -> Path:
    secret = folder / "hook-secret"
    secret.touch(mode=0o600)
    secret.write_text(_SECRET + "\n", encoding="ascii")
    channels = "".join(
        _CHANNEL.format(name=channel.username, title=channel.title, host=HOST, web_port=web_port)
        for channel in CHANNELS
    )
    config = folder / "watchword.toml"
    config.write_text(
        _CONFIG.format(mark=_MARK, host=HOST, web_port=web_port, mail_port=mail_port, channels=channels),
        encoding="utf-8",
    )
    return config


def _play(watch: Watch, number: int, step: Round, now: datetime, console: Console) -> None:
    console.print(f"\n[bold]Round {number}[/bold] · {now:%a %d %b %Y %H:%M} UTC · {step.what_happened}")
    for line in _round(watch):
        console.print(f"  {line}")


def _round(watch: Watch) -> Iterator[str]:
    for check in watch.check(lambda: False):
        if check.error:
            message = f"{check.channel}: {check.error}"
            raise WatchwordError(message)
        if check.outcome != "ok":
            yield f"✓ {check.channel}: nothing new"
            continue
        found = f"{check.new} new, {check.edited} edited, {check.unchanged} unchanged, {check.tagged} tagged"
        yield f"✓ {check.channel}: {found}{' (baseline)' if check.baseline else ''}"
    for digest in watch.digests():
        yield f"✉ digest for {digest.recipient}, {digest.local_date}: {digest.changes} changes"
    for attempt in watch.deliver(lambda: False):
        if attempt.failed:
            message = f"{attempt.recipient}: {attempt.outcome.detail}"
            raise WatchwordError(message)
        yield f"→ {attempt.kind} delivered to {attempt.recipient}: {attempt.outcome.detail}"
    for _ in watch.index(_INDEX_POSTS, lambda: False):
        pass


def _show(folder: Path, received: Received, config: Path, console: Console) -> None:
    """Print the digest and name the files."""
    html = folder / "digest.html"
    for path in received.mails:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        text, page = message.get_body(("plain",)), message.get_body(("html",))
        assert text is not None
        assert page is not None
        html.write_text(page.get_content(), encoding="utf-8")
        console.rule(str(message["subject"]))
        console.print(text.get_content(), markup=False)
    console.rule()
    for what, path in (
        ("the digest as a web page", html),
        *(("the e-mail as it was sent", mail) for mail in received.mails),
        *(("a signed webhook body", hook) for hook in received.hooks),
        ("the log", folder / "log.jsonl"),
        ("the database", folder / "watchword.db"),
        ("the configuration", config),
    ):
        console.print(f"{what:28} {path}", markup=False, soft_wrap=True)
    console.print(f"\nlook further:  watchword changes --config {config}", markup=False, soft_wrap=True)
