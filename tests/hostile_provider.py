"""An OpenID provider of our own for tests, which lies as it is told: real sockets, real tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from tests.openid_provider import CLIENT


def _part(content):
    content = content.encode() if isinstance(content, str) else content
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Liar:
    """What the provider says; every part of it can be changed by a test."""

    def __init__(self, issuer):
        self.issuer = issuer
        self.key = self.signs = RSAKey.generate_key(2048, {"kid": "first"})
        self.published = [self.key]
        self.algorithm, self.header = "RS256", {}
        self.claims, self.metadata, self.userinfo = {}, {}, {}
        self.raw_token, self.hang_s, self.status = None, 0.0, 200
        self.redirect, self.padding = "", 0
        self.answer, self.error = {}, "invalid_grant"
        self.keys_hang_s, self.keys_status = 0.0, 200
        self.asked, self.form, self.challenge = [], {}, ""
        self.used = set()

    def describe(self):
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/me",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        } | self.metadata

    def rotate(self):
        """Sign with another key, and publish that alone."""
        self.key = self.signs = RSAKey.generate_key(2048, {"kid": f"key-{len(self.asked)}"})
        self.published = [self.key]

    def token(self, **more):
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "a subject", "iat": now, "exp": now + 300,
            "name": "Eve Example", "email": "eve@northfield.example", "email_verified": True,
            "preferred_username": "eve",
        }  # fmt: skip
        claims |= more | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        return self.sign(claims)

    def sign(self, claims):
        header = {"alg": self.algorithm, "kid": self.signs.kid, **self.header}
        if self.algorithm == "none":
            return f"{_part(json.dumps(header))}.{_part(json.dumps(claims))}."
        if self.algorithm == "HS256 by hand":
            return self._sign_with_public_key(header | {"alg": "HS256"}, claims)
        return jwt.encode(header, claims, self.signs, algorithms=[self.algorithm])

    def _sign_with_public_key(self, header, claims):
        """As an attacker does who takes the public key for a shared secret; joserfc refuses to."""
        signed = f"{_part(json.dumps(header))}.{_part(json.dumps(claims))}"
        secret = self.key.as_pem(private=False)
        return f"{signed}.{_part(hmac.digest(secret, signed.encode(), 'sha256'))}"

    def exchange(self, form, nonce):
        """Answer the token endpoint: a code counts once, and only with its verifier."""
        self.form = form
        verifier, code = form["code_verifier"], form["code"]
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if code in self.used or challenge != self.challenge:
            return 400, {"error": self.error}
        self.used.add(code)
        token = self.raw_token or self.token(nonce=nonce)
        padding = {"padding": "x" * self.padding} if self.padding else {}
        answer = {"access_token": "at", "token_type": "Bearer", "id_token": token}
        return 200, answer | padding | self.answer

    def public_keys(self):
        return KeySet(list(self.published)).as_dict(private=False)


class LiarHandler(BaseHTTPRequestHandler):
    """Hands each request to the liar of its server."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        liar = self.server.liar
        liar.asked.append(self.path)
        if self.path.startswith("/.well-known/"):
            time.sleep(liar.hang_s)
            self.say(liar.status, liar.describe())
        elif self.path == "/keys":
            time.sleep(liar.keys_hang_s)
            self.say(liar.keys_status, liar.public_keys())
        elif self.path == "/me":
            self.say(200, {"sub": "a subject", **liar.userinfo})
        else:
            self.say(404, {})

    def do_POST(self):
        liar = self.server.liar
        liar.asked.append(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        time.sleep(liar.hang_s)
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if liar.redirect:
            self.send_response(302)
            self.send_header("Location", liar.redirect)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.say(*liar.exchange(form, self.server.nonce))

    def say(self, status, content):
        body = json.dumps(content).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # the site has hung up


class Server(ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 128
    liar, nonce = None, ""


@contextmanager
def run_liar():
    """The provider while the block runs; answers the Liar, whose `server` knows the nonce."""
    with Server(("127.0.0.1", 0), LiarHandler) as server:
        server.liar = Liar(f"http://127.0.0.1:{server.server_address[1]}")
        server.liar.server = server
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.liar
        finally:
            server.shutdown()
            thread.join(10)


def other_key():
    return RSAKey.generate_key(2048, {"kid": "first"})


def shared_key(secret):
    return OctKey.import_key(secret, {"kid": "first"})


def curve_key():
    return ECKey.generate_key("P-256", {"kid": "curve"})
