from __future__ import annotations

import pytest

from authoring.errors import BrokenPackage
from authoring.formats.package_files import join_path, parse_file, read_content
from authoring.formats.text.safe_xml import MAX_BYTES


@pytest.mark.parametrize(
    ("folder", "name", "place"),
    [
        ("items", "a.png", "items/a.png"),
        ("items", "../images/./a.png", "images/a.png"),
        (".", "/a.png", "a.png"),
        ("items", "../../a.png", ""),
    ],
)
def test_a_place_is_relative_to_its_folder_and_never_outside_the_package(folder, name, place):
    assert join_path(folder, name) == place


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "items" / "a.xml"
    path.parent.mkdir()
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    for read in (lambda: read_content(path, "items/a.xml"), lambda: parse_file(path, tmp_path)):
        with pytest.raises(BrokenPackage) as caught:
            read()
        assert str(caught.value) == f"items/a.xml: expected at most {MAX_BYTES} bytes"
