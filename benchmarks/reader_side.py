"""The peer's side: run by the Python of the peer's environment, in which Watchword is not installed.

``reader_side.py first|again DATABASE ROOT COUNT WORKERS``: ``first`` makes the database, follows the feeds
``ROOT/s/channel-0000`` and so on, and updates them; ``again`` updates those that it finds there. Prints what the update
alone took, in seconds: ``{"cpu": ..., "wall": ..., "feeds": ..., "posts": ...}``.
"""

import gc
import json
import sys
import time

from reader import make_reader  # type: ignore[import-not-found]


def main(phase: str, database: str, root: str, count: int, workers: int) -> None:
    """Update the feeds and print what that took. A feed that fails is an error of the benchmark."""
    peer = make_reader(database)
    if phase == "first":
        for number in range(count):
            peer.add_feed(f"{root}/s/channel-{number:04}")
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    # all of them, as Watchword checks all of them: its own schedule would leave those out that were just updated
    peer.update_feeds(scheduled=False, workers=workers)
    took = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    counted = peer.get_feed_counts()
    assert not counted.broken, f"{counted.broken} feeds failed"
    print(json.dumps({**took, "feeds": counted.total, "posts": peer.get_entry_counts().total}))
    peer.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
