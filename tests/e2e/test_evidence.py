"""The evidence of a post, from pages on a real server to a folder that other tools verify."""

import io
import json
import subprocess

from warcio.archiveiterator import ArchiveIterator

from tests.e2e import story
from tests.e2e.conftest import House


def test_an_edit_can_be_proved_with_the_bytes_that_the_server_sent(any_house: House) -> None:
    house = any_house
    house.furnish(story.tables())
    sent = []
    for number in (1, 2):
        house.site.pages.update(story.pages(number))
        sent.append(set(story.pages(number).values()))
        assert house.run("once").code == 0
    changes = [json.loads(line) for line in house.run("changes", "--json").out.splitlines()]
    edit = next(change for change in changes if change["kind"] == "edited")

    written = house.run("evidence", f"{edit['channel']}/{edit['post']}", "--out", "proof")

    assert written.code == 0, written.err
    out = house.folder / "proof"
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=out, check=True)
    first, second = json.loads((out / "manifest.json").read_text("utf-8"))["exports"]
    assert (first["proves"], second["proves"]) == (["showed revision 1 first"], ["showed revision 2 first"])
    for export, pages in zip((first, second), sent, strict=True):
        assert (out / export["path"]).read_bytes() in pages
        assert export["status"] == 200
        assert {name.lower() for name, _ in export["headers"]} >= {"date", "content-length"}
    archive = io.BytesIO((out / "evidence.warc.gz").read_bytes())
    assert sum(1 for _ in ArchiveIterator(archive, check_digests="raise")) == 3


def test_a_post_that_nobody_knows_and_a_folder_in_use_are_said_in_one_line(house: House) -> None:
    house.furnish(story.tables())
    house.site.pages.update(story.pages(1))
    assert house.run("once").code == 0
    post = next(json.loads(line) for line in house.run("posts", "--json").out.splitlines())

    unknown = house.run("evidence", "nobody/1", "--out", "proof")
    taken = house.run("evidence", f"{post['channel']}/{post['id']}", "--out", ".")

    assert (unknown.code, unknown.err.count("\n")) == (1, 1)
    assert "there is no post 'nobody/1'" in unknown.err
    assert not (house.folder / "proof").exists()
    assert (taken.code, taken.err) == (
        1,
        "watchword: .: is not empty, and evidence overwrites nothing; choose another folder\n",
    )
