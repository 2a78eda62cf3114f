"""The testbed's S3 server says that it cannot start, and can be started again."""

from __future__ import annotations

import socket
from io import BytesIO

import pytest

from tools.testbed import s3_server


@pytest.fixture
def server(tmp_path):
    found = s3_server.S3Server(tmp_path)
    yield found
    found.kill()


@pytest.mark.parametrize("part", ["s3", "master grpc"])
def test_a_server_whose_port_is_taken_says_so_and_starts_when_it_is_free(
    server, shared_s3_server, monkeypatch, part
):
    server.launch()
    server.kill()
    with socket.create_server(("127.0.0.1", server.ports[part])):
        monkeypatch.setattr(s3_server, "READY_WITHIN_S", 5.0)
        with pytest.raises(RuntimeError, match=r"see .*/log"):
            server.start()
        assert server.process is None
    monkeypatch.undo()
    server.start()
    store = s3_server.connect(server.bucket())
    store.save("films/one", BytesIO(b"film"))
    assert store.read_bytes("films/one") == b"film"
