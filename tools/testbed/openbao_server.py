"""A real OpenBao server in a folder, with its transit engine and a site's own token (ADR 0048).

Its storage is on disk, so it can be killed and started again, as a site's own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from tools.testbed.free_ports import find_free_ports
from vault import http_client

PROGRAM: Final = "bao"
PORT, CLUSTER_PORT = 8200, 8201
READY_WITHIN_S: Final = 30.0
# The token of a site, as docs/operations.md describes it.
POLICY: Final = """
path "transit/keys/attune-*" { capabilities = ["create", "update", "read", "delete"] }
path "transit/encrypt/attune-*" { capabilities = ["update"] }
path "transit/decrypt/attune-*" { capabilities = ["update"] }
"""
CONFIGURATION: Final = """
storage "raft" {{
  path = "{folder}/storage"
  node_id = "one"
  performance_multiplier = 1
}}
listener "tcp" {{
  address = "{address}:{port}"
  cluster_address = "{address}:{cluster_port}"
  {tls}
}}
api_addr = "{url}"
cluster_addr = "https://{address}:{cluster_port}"
"""


class NoOpenBao(Exception):
    """The program is not installed; `manage.py test` fetches it."""


class OpenBaoRefused(OSError):
    """The server answered with an error."""

    def __init__(self, status: int) -> None:
        super().__init__(f"OpenBao answered {status}")
        self.status = status


@dataclass(slots=True)
class OpenBao:
    """A server in `folder`, where it also keeps its tokens and what opens it after a restart.

    `tls`: certificate and key of `address`.
    """

    folder: Path
    port: int = PORT
    cluster_port: int = CLUSTER_PORT
    address: str = "127.0.0.1"
    tls: tuple[Path, Path] | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the address of its transit engine."""
        return f"{self._origin}/v1/transit"

    @property
    def token(self) -> str:
        """Return the site's own token."""
        return (self.folder / "token").read_text()

    @property
    def _origin(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.address}:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return the variables with which a site uses it."""
        return {"KEYSTORE_TRANSIT_URL": self.url, "KEYSTORE_TRANSIT_TOKEN": self.token}

    def create(self) -> None:
        """Start it for the first time: a transit engine, and a token that may use it."""
        (self.folder / "storage").mkdir(mode=0o700, parents=True)
        self._write_configuration()
        self._launch()
        made = self.ask("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
        self._keep("unseal", made["keys_base64"][0])
        self._keep("root", made["root_token"])
        self._unseal()
        self.ask("POST", "sys/mounts/transit", {"type": "transit"})
        self.ask("PUT", "sys/policies/acl/site", {"policy": POLICY})
        wanted = {"policies": ["site"], "no_parent": True, "ttl": "24h"}
        made = self.ask("POST", "auth/token/create", wanted)
        self._keep("token", made["auth"]["client_token"])

    def start(self) -> None:
        """Start it again, and open its storage."""
        self._launch()
        self._unseal()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the answer to an administrator. Raises OSError, OpenBaoRefused."""
        root = self.folder / "root"
        reply = http_client.send_request(
            method,
            f"{self._origin}/v1/{path}",
            json.dumps(body).encode() if body is not None else None,
            {"X-Vault-Token": root.read_text()} if root.exists() else {},
            timeout=READY_WITHIN_S,
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

    def _write_configuration(self) -> None:
        tls = "tls_disable = true"
        if self.tls:
            tls = 'tls_cert_file = "{}"\n  tls_key_file = "{}"'.format(*self.tls)
        text = CONFIGURATION.format(
            folder=self.folder, address=self.address, port=self.port,
            cluster_port=self.cluster_port, tls=tls, url=self._origin,
        )  # fmt: skip
        (self.folder / "bao.hcl").write_text(text)

    def _launch(self) -> None:
        self.kill()
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "server", f"-config={self.folder / 'bao.hcl'}"],
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder)}, cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._wait_for("sys/seal-status")

    def _unseal(self) -> None:
        """Open its storage, and wait until it is active."""
        self.ask("PUT", "sys/unseal", {"key": (self.folder / "unseal").read_text()})
        self._wait_for("sys/health")

    def _wait_for(self, path: str) -> None:
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            with suppress(OSError):
                self.ask("GET", path)
                return
            time.sleep(0.1)
        raise TimeoutError(f"OpenBao does not answer {path}, see {self.folder / 'log'}")

    def _keep(self, name: str, secret: str) -> None:
        (self.folder / name).touch(mode=0o600)
        (self.folder / name).write_text(secret)


def require_openbao() -> None:
    """Raise NoOpenBao if the program is not installed."""
    if shutil.which(PROGRAM) is None:
        raise NoOpenBao("OpenBao is not installed: manage.py test fetches it")


@contextmanager
def run_openbao(folder: Path | None = None) -> Iterator[OpenBao]:
    """Run a server for the block, in a new folder in `folder`. Raises NoOpenBao."""
    require_openbao()
    with tempfile.TemporaryDirectory(prefix="attune-bao-", dir=folder) as name:
        port, cluster_port = find_free_ports(2)
        server = OpenBao(Path(name), port, cluster_port)
        try:
            server.create()
            yield server
        finally:
            server.kill()
