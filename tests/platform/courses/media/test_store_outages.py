"""A store that is away, hangs or is slow: errors in time, that say what to do and name no file."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

import pytest

from courses.media import s3_store
from courses.media.stored_file import PIECE, StoreUnavailable
from tests.fixtures.servers.s3_server import fill_store
from tools.testbed.proxy import NetworkConditions, Proxy
from tools.testbed.s3_server import connect

CODE = "6f1c2a3e-0000-4000-8000-000000000001"
NAME = f"{CODE}/lecture-0123456789ab.mp4"
BYTES = bytes(range(256)) * 4
ACTS = {
    "check": lambda store, into: store.check(),
    "find": lambda store, into: store.find(NAME),
    "list": lambda store, into: list(store.list_files()),
    "read": lambda store, into: store.read_bytes(NAME),
    "fetch": lambda store, into: store.fetch(NAME, into),
    "save": lambda store, into: store.save(NAME, io.BytesIO(BYTES)),
    "copy": lambda store, into: store.copy(NAME, f"{CODE}/other.mp4"),
    "delete": lambda store, into: store.delete([NAME]),
}


def through_proxy(bucket, act, **conditions):
    """Run `act(store)` while the line to the server is as these conditions say."""

    async def run():
        proxy = Proxy(
            int(bucket.endpoint.rpartition(":")[2]), Random(1), NetworkConditions(**conditions)
        )
        await proxy.open()
        store = connect(dataclasses.replace(bucket, endpoint=f"http://127.0.0.1:{proxy.port}"))
        try:
            return await asyncio.to_thread(act, store)
        finally:
            await proxy.close()

    return asyncio.run(run())


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_no_error_and_no_log_names_a_file_or_the_secret(s3_server, caplog, tmp_path, act):
    bucket = s3_server.bucket()
    connect(bucket).save(NAME, io.BytesIO(BYTES))
    store = connect(dataclasses.replace(bucket, secret="ornithorhynchus"))
    with pytest.raises(StoreUnavailable) as raised:
        act(store, tmp_path)
    said = f"{raised.value} {raised.value.__cause__} {caplog.text}"
    assert "MEDIA_S3_" in said
    for word in ("lecture", CODE, "ornithorhynchus", bucket.key, "127.0.0.1"):
        assert word not in said


def test_a_server_that_goes_away_while_a_file_is_read_is_unavailable(bucket_store, s3_server):
    fill_store({NAME: bytes(4 * PIECE)})
    with bucket_store.open_file(NAME) as content:
        content.read(10)
        s3_server.kill()
        with pytest.raises(StoreUnavailable, match="does not answer") as raised:
            content.read()
    assert "127.0.0.1" not in f"{raised.value}"


def test_a_server_that_hangs_holds_a_page_for_seconds_and_the_next_ones_not(bucket_store, settings):
    fill_store({NAME: BYTES})
    times = []

    def ask(store):
        for _ in range(4):
            began = time.monotonic()
            with pytest.raises(StoreUnavailable):
                store.find(NAME)
            times.append(time.monotonic() - began)

    through_proxy(settings.MEDIA_BUCKET, ask, deaf=True)
    assert max(times[:2]) < 5
    assert max(times[2:]) < 0.2


def test_a_store_that_answers_again_is_asked_again(bucket_store, s3_server, monkeypatch):
    monkeypatch.setattr(s3_store, "REST_S", 60.0)
    fill_store({NAME: BYTES})
    s3_server.kill()
    for _ in range(s3_store.FAILURES):
        with pytest.raises(StoreUnavailable):
            bucket_store.find(NAME)
    s3_server.start()
    with pytest.raises(StoreUnavailable):
        bucket_store.find(NAME)
    bucket_store._rests_until = time.monotonic()
    assert bucket_store.find(NAME).size == bucket_store.find(NAME).size == len(BYTES)


def test_one_slow_answer_refuses_no_other_file(bucket_store, monkeypatch):
    fill_store({NAME: BYTES})
    with monkeypatch.context() as patch:
        patch.setattr(s3_store.obstore, "head", lambda *_: 1 / 0)
        patch.setattr(s3_store.exceptions, "BaseError", ZeroDivisionError)
        with pytest.raises(StoreUnavailable):
            bucket_store.find(NAME)
    assert bucket_store.find(NAME).size == len(BYTES)


@pytest.mark.parametrize("act", ["read", "fetch"])
def test_a_slow_line_takes_longer_than_one_answer_may(
    bucket_store, settings, monkeypatch, tmp_path, act
):
    monkeypatch.setattr(s3_store, "READ_WITHIN", timedelta(seconds=1.5))
    fill_store({NAME: bytes(8 * PIECE)})
    began = time.monotonic()
    through_proxy(
        settings.MEDIA_BUCKET, lambda store: ACTS[act](store, tmp_path), bytes_a_second=1_500_000
    )
    # One answer would have been tried three times.
    assert time.monotonic() - began > 4.5
    if act == "fetch":
        assert (tmp_path / NAME).stat().st_size == 8 * PIECE


@contextmanager
def no_bucket(body):
    """Yield the port of a server that knows no bucket, and answers so."""

    class NoBucket(BaseHTTPRequestHandler):
        def do_PUT(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), NoBucket)
    threading.Thread(target=server.serve_forever).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("body", [b"<Error><Code>NoSuchBucket</Code></Error>", b"Not here."])
@pytest.mark.parametrize("size", [10, 9 * PIECE])
def test_a_file_that_is_stored_in_no_bucket_is_no_missing_file(s3_server, size, body):
    with no_bucket(body) as port:
        store = connect(
            dataclasses.replace(s3_server.bucket(), endpoint=f"http://127.0.0.1:{port}")
        )
        with pytest.raises(StoreUnavailable, match="the bucket of MEDIA_S3_URL does not exist"):
            store.save(NAME, io.BytesIO(bytes(size)))
