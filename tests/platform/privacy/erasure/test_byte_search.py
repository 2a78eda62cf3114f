"""The byte search finds each needle wherever it lies, and counts what it read."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.erasure import byte_search
from privacy.erasure.byte_search import search


@given(
    content=st.binary(max_size=300),
    needles=st.sets(st.binary(min_size=8, max_size=8), min_size=1, max_size=5),
    places=st.lists(st.integers(0, 300), max_size=6),
)
@settings(max_examples=150, deadline=None)
def test_it_finds_what_python_finds(tmp_path_factory, content, needles, places):
    for place, needle in zip(places, sorted(needles), strict=False):
        content = content[:place] + needle + content[place:]
    folder = tmp_path_factory.mktemp("search")
    (folder / "file").write_bytes(content)

    found = search(needles, folder)

    assert found.found == {needle for needle in needles if needle in content}
    assert (found.files, found.size) == (1, len(content))


def test_a_needle_across_two_chunks_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(byte_search, "CHUNK", 64)
    needle = secrets.token_bytes(8)
    for start in range(50, 130):
        (tmp_path / "file").write_bytes(bytes(start) + needle + bytes(40))
        assert search({needle}, tmp_path).found == {needle}, start


def test_a_near_match_is_no_hit(tmp_path):
    needle = secrets.token_bytes(8)
    (tmp_path / "file").write_bytes(needle[:7] + bytes([needle[7] ^ 1]) + needle[:4])
    assert search({needle}, tmp_path).hits == frozenset()


def test_the_digest_changes_with_names_sizes_and_needles(tmp_path):
    one, other = secrets.token_bytes(8), secrets.token_bytes(8)
    (tmp_path / "file").write_bytes(b"x")
    before = search({one}, tmp_path).digest
    assert search({one}, tmp_path).digest == before
    assert search({other}, tmp_path).digest != before
    (tmp_path / "file").write_bytes(b"xy")
    assert search({one}, tmp_path).digest != before


def test_a_needle_of_another_length_is_refused(tmp_path):
    with pytest.raises(ValueError, match="8 bytes"):
        search({b"short"}, tmp_path)
