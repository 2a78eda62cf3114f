"""The bucket in the environment: read strictly, and its secret never shown."""

from __future__ import annotations

import pytest

from config.env import BadEnvironment
from config.media_bucket import read_media_bucket

KEYS = {"MEDIA_S3_KEY": "k", "MEDIA_S3_SECRET": "ornithorhynchus"}


def read(url, **others):
    return read_media_bucket({"MEDIA_S3_URL": url, **(KEYS | others)})


def test_without_an_address_there_is_no_bucket():
    assert read_media_bucket({}) is None


def test_server_bucket_and_prefix_are_read():
    found = read("https://s3.example.org/attune-media/school/a")
    assert (found.endpoint, found.name) == ("https://s3.example.org", "attune-media")
    assert (found.prefix, found.region) == ("school/a", "us-east-1")
    assert read("http://127.0.0.1:9000/media", MEDIA_S3_REGION="eu").region == "eu"
    assert "ornithorhynchus" not in repr(found)


@pytest.mark.parametrize(
    ("url", "others"),
    [
        ("http://s3.example.org/media", {}),
        ("https://key:secret@s3.example.org/media", {}),
        ("https://s3.example.org", {}),
        ("https://s3.example.org/media/../other", {}),
        ("https://s3.example.org/media?x=1", {}),
        ("https://s3.example.org/media", {"MEDIA_S3_SECRET": ""}),
        ("https://s3.example.org/media", {"MEDIA_S3_KEY": ""}),
        ("", {}),
    ],
)
def test_what_cannot_be_meant_stops_the_start(url, others):
    with pytest.raises(BadEnvironment, match="MEDIA_S3_"):
        read(url, **others)
