"""An archive's bytes: incomplete, too large or escaping content is refused."""

from __future__ import annotations

import io
import tarfile

import pytest

from emotion.datasets import WrongFolder
from emotion.datasets.formats import safe_archive
from emotion.datasets.formats.safe_archive import inspect, unpack


def make_archive(*members):
    """Return a tar file of (name, content) pairs; content None = a link to /etc/passwd."""
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


def test_its_files_exist_only_inside_the_context():
    with unpack(make_archive(("set/a.csv", b"1"))) as folder:
        assert (folder / "set" / "a.csv").read_bytes() == b"1"
    assert not folder.exists()


def test_links_are_left_out():
    with unpack(make_archive(("a.csv", None), ("b.csv", b"1"))) as folder:
        assert [path.name for path in folder.iterdir()] == ["b.csv"]


@pytest.mark.parametrize("name", ["../out.csv", "set/../../out.csv"])
def test_a_member_outside_the_folder_is_refused(name, tmp_path):
    with pytest.raises(WrongFolder, match="whole"), unpack(make_archive((name, b"1"))):
        pytest.fail("it was opened")


@pytest.mark.parametrize(("limit", "most"), [("MOST_BYTES", 9), ("MOST_FILES", 1)])
def test_a_claim_above_a_limit_is_refused_before_writing(monkeypatch, limit, most):
    monkeypatch.setattr(safe_archive, limit, most)
    with (
        pytest.raises(WrongFolder, match="at most"),
        unpack(make_archive(("a", b"12345"), ("b", b"1" * 5))),
    ):
        pytest.fail("it was opened")


# Named, because an archive contains its creation time: ids would differ between workers.
@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", make_archive(("a", b"1" * 4096))[:60]],
    ids=["nothing", "of another kind", "cut short"],
)
def test_an_incomplete_archive_is_refused(content):
    with pytest.raises(WrongFolder, match="whole"):
        inspect(content, [])


def test_a_missing_file_is_named():
    found = make_archive(("set/Raw/S02/BVP.csv", b"1"))
    inspect(found, ["Raw/*/BVP.csv"])
    with pytest.raises(WrongFolder, match=r"Processed/\*\.csv"):
        inspect(found, ["Raw/*/BVP.csv", "Processed/*.csv"])


def test_an_error_in_a_file_does_not_reveal_the_temporary_folder():
    with pytest.raises(WrongFolder) as told, unpack(make_archive(("set/a.csv", b"1"))) as folder:
        raise WrongFolder(f"{folder / 'set' / 'a.csv'}: line 2: expected a number")
    assert str(told.value) == "set/a.csv: line 2: expected a number"
