"""A transit service on this computer: the part of Vault's API that the site uses, with real AES.

Like Vault it answers 400 for a missing key, refuses to delete a key that was not released for
deletion, and decrypts nothing for a wrong token.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "-".join(["of", "this", "test"])


class Service(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.keys: dict[str, bytes] = {}
        self.released: set[str] = set()
        self.asked: list[str] = []
        self.stubborn = self.sealed = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/transit"


class Handler(BaseHTTPRequestHandler):
    server: Service

    def log_message(self, *_args) -> None:
        pass

    def _serve(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size) or b"{}")
        kind, name, *rest = self.path.removeprefix("/v1/transit/").split("/")
        self.server.asked.append(f"{self.command} {kind}")
        if self.server.sealed:
            return self._say(503, {"errors": ["Vault is sealed"]})
        if self.headers.get("X-Vault-Token") != TOKEN:
            return self._say(403, {"errors": ["permission denied"]})
        if kind == "keys":
            return self._key(name, rest)
        if name not in self.server.keys:
            return self._say(400, {"errors": ["encryption key not found"]})
        return self._crypt(kind, self.server.keys[name], body)

    do_GET = do_POST = do_DELETE = _serve

    def _key(self, name: str, rest: list[str]) -> None:
        keys = self.server.keys
        if self.command == "POST" and not rest:
            keys.setdefault(name, os.urandom(32))
            return self._say(204)
        if name not in keys:
            return self._say(404 if self.command == "GET" else 400, {"errors": []})
        if self.command == "POST":
            self.server.released.add(name)
        elif self.command == "DELETE":
            if name not in self.server.released or self.server.stubborn:
                return self._say(400, {"errors": ["deletion is not allowed for this key"]})
            del keys[name]
        return self._say(200 if self.command == "GET" else 204, {"data": {"name": name}})

    def _crypt(self, kind: str, key: bytes, body: dict[str, str]) -> None:
        if kind == "encrypt":
            nonce = os.urandom(12)
            shut = nonce + AESGCM(key).encrypt(nonce, base64.b64decode(body["plaintext"]), None)
            told = {"ciphertext": "vault:v1:" + base64.b64encode(shut).decode()}
            return self._say(200, {"data": told})
        shut = base64.b64decode(body["ciphertext"].removeprefix("vault:v1:"))
        try:
            plain = AESGCM(key).decrypt(shut[:12], shut[12:], None)
        except InvalidTag:
            return self._say(400, {"errors": ["invalid ciphertext"]})
        return self._say(200, {"data": {"plaintext": base64.b64encode(plain).decode()}})

    def _say(self, status: int, told: dict | None = None) -> None:
        body = json.dumps(told).encode() if told and status != 204 else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running():
    service = Service()
    thread = threading.Thread(target=service.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        service.server_close()
        thread.join()
