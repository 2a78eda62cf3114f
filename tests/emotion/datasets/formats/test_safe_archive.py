"""An archive's bytes: what is not whole, too much, or would land elsewhere is refused."""

from __future__ import annotations

import io
import tarfile

import pytest

from emotion.datasets import WrongFolder
from emotion.datasets.formats import safe_archive
from emotion.datasets.formats.safe_archive import inspect, unpack


def packed(*members):
    """(name, content) of each; content None = a link to /etc/passwd."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as out:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if content is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            else:
                info.size = len(content)
            out.addfile(info, io.BytesIO(content or b""))
    return buffer.getvalue()


def test_its_files_are_there_within_the_block_and_gone_after_it():
    with unpack(packed(("set/a.csv", b"1"))) as folder:
        assert (folder / "set" / "a.csv").read_bytes() == b"1"
    assert not folder.exists()


def test_links_are_left_out():
    with unpack(packed(("a.csv", None), ("b.csv", b"1"))) as folder:
        assert [path.name for path in folder.iterdir()] == ["b.csv"]


@pytest.mark.parametrize("name", ["../out.csv", "set/../../out.csv"])
def test_what_would_land_elsewhere_is_refused(name, tmp_path):
    with pytest.raises(WrongFolder, match="whole"), unpack(packed((name, b"1"))):
        pytest.fail("it was opened")


@pytest.mark.parametrize(("limit", "most"), [("MOST_BYTES", 9), ("MOST_FILES", 1)])
def test_what_claims_to_be_too_much_is_refused_before_any_of_it_is_written(
    monkeypatch, limit, most
):
    monkeypatch.setattr(safe_archive, limit, most)
    with (
        pytest.raises(WrongFolder, match="at most"),
        unpack(packed(("a", b"12345"), ("b", b"1" * 5))),
    ):
        pytest.fail("it was opened")


# Named, because an archive says when it was made: each worker would call the test otherwise.
@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", packed(("a", b"1" * 4096))[:60]],
    ids=["nothing", "of another kind", "cut short"],
)
def test_what_is_no_whole_archive_is_refused(content):
    with pytest.raises(WrongFolder, match="whole"):
        inspect(content, [])


def test_a_file_that_is_missing_is_named():
    found = packed(("set/Raw/S02/BVP.csv", b"1"))
    inspect(found, ["Raw/*/BVP.csv"])
    with pytest.raises(WrongFolder, match=r"Processed/\*\.csv"):
        inspect(found, ["Raw/*/BVP.csv", "Processed/*.csv"])


def test_what_is_said_of_a_file_in_it_does_not_say_where_it_lay():
    with pytest.raises(WrongFolder) as told, unpack(packed(("set/a.csv", b"1"))) as folder:
        raise WrongFolder(f"{folder / 'set' / 'a.csv'}: line 2: expected a number")
    assert str(told.value) == "set/a.csv: line 2: expected a number"
