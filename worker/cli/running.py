"""Commands that do the work: ``run`` (the daemon) and ``once`` (one round of everything that is due)."""

import time
from datetime import timedelta
from itertools import chain

import typer

from worker import daemon
from worker.bootstrap import Watch, open_watch
from worker.cli.options import ConfigOption, app, load_settings
from worker.log import configure

#: channels of one host in one round of the daemon: with two seconds between them, well under a minute
_PER_HOST = 20
#: and where its pages are slow, no other one is begun after this time
_HOST_TIME = timedelta(minutes=1)
#: posts that one round makes searchable: some seconds of work after a large import
_INDEX_POSTS = 5_000
#: posts that one round tags anew where watchlists have changed: some seconds of work
_RETAG_POSTS = 20_000


@app.command()
def run(config: ConfigOption = None) -> None:
    """Work as a daemon until SIGTERM."""
    settings = load_settings(config)
    configure()
    with open_watch(settings, per_host=_PER_HOST, host_time=_HOST_TIME) as watch:
        code = daemon.run(watch)
    raise typer.Exit(code)


@app.command()
def once(config: ConfigOption = None) -> None:
    """Do one round of everything that is due; exit code 1 says that something failed.

    A file that was dropped less than two seconds ago is waited for: there may be no next round soon.
    """
    settings = load_settings(config)
    configure()
    with open_watch(settings, wait=time.sleep) as watch:
        failed, summary = _round(watch)
    typer.echo(summary)
    if failed:
        raise typer.Exit(1)


def _round(watch: Watch) -> tuple[int, str]:
    checked = list(watch.check(lambda: False))
    digests = list(watch.digests())
    attempted = list(watch.deliver(lambda: False))
    feeds = list(watch.publish())
    upkeep = (
        watch.index(_INDEX_POSTS, lambda: False),
        watch.retag(_RETAG_POSTS, lambda: False),
        watch.prune(lambda: False),
    )
    for _ in chain.from_iterable(upkeep):
        pass
    failed = sum(check.failed for check in checked) + sum(attempt.failed for attempt in attempted)
    failed += sum(feed.failed for feed in feeds)
    new, edited = sum(check.new for check in checked), sum(check.edited for check in checked)
    deleted = sum(check.deleted for check in checked)
    sent = sum(not attempt.failed for attempt in attempted)
    made = sum(bool(digest.changes) for digest in digests)
    return failed, (
        f"{len({check.channel for check in checked})} channels checked: {new} new posts, {edited} edited"
        f"{f', {deleted} deleted' if deleted else ''}; "
        f"{made} digests made, {sent} messages sent, {failed} failures"
    )
