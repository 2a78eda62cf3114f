"""A real OpenBao server with its transit engine, in memory, on a free port (ADR 0048)."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from vault import http_client

PROGRAM: Final = "bao"
READY_WITHIN_S: Final = 30.0
TOKEN: Final = "-".join(["root", "of", "this", "server"])
# The token of a site, as docs/operations.md describes it.
POLICY: Final = """
path "transit/keys/attune-*" { capabilities = ["create", "update", "read", "delete"] }
path "transit/encrypt/attune-*" { capabilities = ["update"] }
path "transit/decrypt/attune-*" { capabilities = ["update"] }
"""


class NoOpenBao(Exception):
    """The program is not installed; `manage.py test` fetches it."""


class OpenBaoRefused(Exception):
    """The server answered with an error."""

    def __init__(self, status: int) -> None:
        super().__init__(f"OpenBao answered {status}")
        self.status = status


@dataclass(slots=True)
class OpenBao:
    """A running server; `token` is a site's own."""

    port: int
    process: subprocess.Popen[bytes]
    token: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/transit"

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the answer to an administrator. Raises OSError, OpenBaoRefused."""
        reply = http_client.send_request(
            method,
            f"http://127.0.0.1:{self.port}/v1/{path}",
            json.dumps(body).encode() if body is not None else None,
            {"X-Vault-Token": TOKEN},
            timeout=5,
        )
        if not reply.accepted:
            raise OpenBaoRefused(reply.status)
        found: dict[str, Any] = json.loads(reply.body) if reply.body else {}
        return found

    def list_keys(self) -> list[str]:
        """Return the names of the keys in the transit engine."""
        try:
            found: list[str] = self.ask("LIST", "transit/keys")["data"]["keys"]
        except OpenBaoRefused as refused:
            if refused.status != HTTPStatus.NOT_FOUND:
                raise
            return []
        return found

    def wait(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + READY_WITHIN_S
        while True:
            try:
                self.ask("GET", "sys/health")
            except (OSError, OpenBaoRefused):
                if time.monotonic() > until or self.process.poll() is not None:
                    raise RuntimeError("OpenBao did not start") from None
                time.sleep(0.1)
            else:
                return

    def prepare(self) -> None:
        """Switch the transit engine on and make the site's token."""
        self.ask("POST", "sys/mounts/transit", {"type": "transit"})
        self.ask("PUT", "sys/policies/acl/site", {"policy": POLICY})
        made = self.ask("POST", "auth/token/create", {"policies": ["site"], "no_parent": True})
        self.token = made["auth"]["client_token"]


def find_program() -> str:
    """Return the path of the program. Raises NoOpenBao."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise NoOpenBao("OpenBao is not installed: manage.py test fetches it")
    return program


@contextmanager
def run_openbao(folder: Path | None = None) -> Iterator[OpenBao]:
    """Run a server for the block, with `folder` as its working directory. Raises NoOpenBao."""
    program = find_program()
    port = _find_port()
    process = subprocess.Popen(
        [program, "server", "-dev", "-dev-no-store-token", f"-dev-root-token-id={TOKEN}",
         f"-dev-listen-address=127.0.0.1:{port}"],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"}, cwd=folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    server = OpenBao(port, process)
    try:
        server.wait()
        server.prepare()
        yield server
    finally:
        process.kill()
        process.wait()


def _find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port
