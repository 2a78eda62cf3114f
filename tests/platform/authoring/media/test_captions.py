from __future__ import annotations

import pytest

from authoring.media.captions import decode, read_captions, read_vtt


def test_cues_are_read_without_notes_and_marks():
    text = (
        "WEBVTT title\r\n\r\nNOTE not shown\r\n\r\n1\r\n00:01.500 --> 00:03.000 align:start\r\n"
        "<v Ines>x &lt; 7\r\nand more\r\n\r\n01:00:00.000 --> 01:00:01.000\r\nLater\r\n"
    )
    assert read_vtt(text) == [
        {"start": 1.5, "end": 3.0, "text": "x < 7 and more"},
        {"start": 3600.0, "end": 3601.0, "text": "Later"},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "1\n00:01.000 --> 00:02.000\nNo head",
        "WEBVTT\n\n00:01 --> 00:02\nNo parts of seconds",
        "WEBVTT\n\n00:02.000 --> 00:01.000\nBackwards",
        "WEBVTT\n\n00:01.000 --> 00:02.000\n",
    ],
)
def test_file_without_captions_is_refused(text):
    with pytest.raises(ValueError, match="expected"):
        read_vtt(text)


@pytest.mark.parametrize(
    ("encoding", "guessed"),
    [("utf-8", False), ("utf-8-sig", False), ("utf-16", False), ("cp1252", True)],
)
def test_guessed_encoding_of_subrip_is_reported(encoding, guessed):
    text = "1\r\n00:00:01,000 --> 00:00:02,000\r\nDéjà vu\r\n"
    found, was_guessed = decode(text.encode(encoding))
    assert (read_captions(found)[0]["text"], was_guessed) == ("Déjà vu", guessed)


def test_unknown_encoding_is_refused():
    for content in (b"\xff\xfe\x00", b"caf\x81"):
        with pytest.raises(ValueError, match="save the file as UTF-8"):
            decode(content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_nul_is_replaced_by_a_storable_character(encoding):
    text = "1\n00:00:01,000 --> 00:00:02,000\nDéjà\0vu\n"
    assert read_captions(decode(text.encode(encoding))[0])[0]["text"] == "Déjà\ufffdvu"
