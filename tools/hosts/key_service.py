"""The key service on its host: a real OpenBao with storage on disk, TLS and a site's own token."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.hosts import network
from tools.hosts.certificates import Certificates
from vault import http_client

PROGRAM: Final = "bao"
PORT, CLUSTER_PORT = 8200, 8201
READY_S: Final = 30.0
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
  tls_cert_file = "{certificate}"
  tls_key_file = "{key}"
}}
api_addr = "https://{address}:{port}"
cluster_addr = "https://{address}:{cluster_port}"
"""


@dataclass(frozen=True, slots=True)
class KeyServiceHost:
    """The service in `folder`, where it also keeps what opens it after a restart."""

    host: str
    folder: Path
    certificates: Certificates

    @property
    def url(self) -> str:
        return f"https://{network.ADDRESSES[self.host]}:{PORT}/v1"

    def environment(self) -> dict[str, str]:
        """Return the variables with which a site uses it."""
        return {
            "KEYSTORE_TRANSIT_URL": f"{self.url}/transit",
            "KEYSTORE_TRANSIT_TOKEN": (self.folder / "token").read_text(),
        }

    def create(self) -> None:
        """Start it for the first time: a transit engine, and a token that may use it."""
        (self.folder / "storage").mkdir(mode=0o700, parents=True)
        self._write_configuration()
        self._launch()
        made = self._ask("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
        (self.folder / "unseal").write_text(made["keys_base64"][0])
        self._unseal()
        root = str(made["root_token"])
        self._ask("POST", "sys/mounts/transit", {"type": "transit"}, root)
        self._ask("PUT", "sys/policies/acl/site", {"policy": POLICY}, root)
        wanted = {"policies": ["site"], "no_parent": True, "ttl": "24h"}
        token = self._ask("POST", "auth/token/create", wanted, root)
        (self.folder / "token").write_text(token["auth"]["client_token"])

    def start(self) -> None:
        """Start it again, and open its storage."""
        self._launch()
        self._unseal()

    def _write_configuration(self) -> None:
        text = CONFIGURATION.format(
            folder=self.folder, address=network.ADDRESSES[self.host], port=PORT,
            cluster_port=CLUSTER_PORT,
            certificate=self.certificates.certificate(self.host),
            key=self.certificates.key(self.host),
        )  # fmt: skip
        (self.folder / "bao.hcl").write_text(text)

    def _launch(self) -> None:
        with network.on_host(self.host), (self.folder / "log").open("ab") as log:
            subprocess.Popen(
                [PROGRAM, "server", f"-config={self.folder / 'bao.hcl'}"],
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + READY_S
        while True:
            with suppress(OSError):
                self._ask("GET", "sys/seal-status")
                return
            if time.monotonic() > until:
                raise TimeoutError(f"{self.host}: OpenBao did not answer, see its log")
            time.sleep(0.1)

    def _unseal(self) -> None:
        """Open its storage, and wait until it is active."""
        self._ask("PUT", "sys/unseal", {"key": (self.folder / "unseal").read_text()})
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            with suppress(OSError):
                self._ask("GET", "sys/health")
                return
            time.sleep(0.1)
        raise TimeoutError(f"{self.host}: OpenBao stays sealed, see its log")

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, token: str = ""
    ) -> dict[str, Any]:
        reply = http_client.send_request(
            method, f"{self.url}/{path}", json.dumps(body).encode() if body is not None else None,
            {"X-Vault-Token": token} if token else {}, timeout=READY_S,
        )  # fmt: skip
        if not reply.accepted:
            raise http_client.NoReply(f"OpenBao answered {reply.status}")
        text = reply.body
        found: dict[str, Any] = json.loads(text) if text else {}
        return found
