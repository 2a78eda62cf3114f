"""Whole pages are compressed, with padding that hides their length; nothing else is."""

from __future__ import annotations

import gzip

import pytest
from django.http import FileResponse, HttpResponse, JsonResponse
from django.test import RequestFactory

from config.middleware.compression import PageCompressionMiddleware

PAGE = "<!doctype html>" + "<p>As many words as a page has.</p>" * 100


def sent(answer):
    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})
    return PageCompressionMiddleware(lambda _: answer)(request)


def test_a_page_is_compressed_and_reads_the_same():
    found = sent(HttpResponse(PAGE))
    assert found["Content-Encoding"] == "gzip"
    assert gzip.decompress(found.content).decode() == PAGE
    assert len(found.content) < len(PAGE) / 4


def test_its_length_is_not_the_same_twice():
    """Of twenty, to rule out chance: the padding is up to a hundred bytes."""
    assert len({len(sent(HttpResponse(PAGE)).content) for _ in range(20)}) > 5


@pytest.mark.parametrize(
    "answer",
    [
        HttpResponse(PAGE, headers={"ETag": '"a"'}),
        JsonResponse({"words": PAGE}),
        HttpResponse(PAGE, content_type="video/mp4"),
        FileResponse([PAGE.encode()], content_type="text/html"),
    ],
    ids=["a part with an ETag", "an answer of the API", "a file", "a stream"],
)
def test_everything_else_goes_as_it_is(answer):
    assert "Content-Encoding" not in sent(answer)
