"""A small site with planted faults, so that each scanner is known to find something.

Standard library only; loopback only; never imported by the site. `planted.json` names each fault
and what its scanner must report.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

BOOK: list[str] = []
LINKS = (
    "/search?q=maths", "/item?id=1", "/go?to=/", "/file?name=code/faults.py",
    "/ping?host=localhost", "/book", "/twin?q=maths", "/mail",
)  # fmt: skip
HOME = "".join(f'<p><a href="{link}">{link}</a></p>' for link in LINKS)
FORM = '<form method="post" action="{}"><input name="{}"><input type="submit"></form>'
SCHEMA = {
    "openapi": "3.0.3",
    "info": {"title": "planted", "version": "1"},
    "paths": {
        "/api/number": {
            "get": {
                "parameters": [
                    {"name": "n", "in": "query", "required": True, "schema": {"type": "string"}}
                ],
                "responses": {"200": {"description": "ok"}},
            }
        },
        "/api/shape": {
            "get": {
                "responses": {
                    "200": {
                        "description": "ok",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["id"],
                                    "properties": {"id": {"type": "integer"}},
                                }
                            }
                        },
                    }
                }
            }
        },
        "/api/teapot": {"get": {"responses": {"200": {"description": "ok"}}}},
    },
}


def items() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE item (id INTEGER, name TEXT)")
    connection.executemany("INSERT INTO item VALUES (?, ?)", [(1, "one"), (2, "two")])
    return connection


class Planted(BaseHTTPRequestHandler):
    """Sends every response without Content-Security-Policy, X-Frame-Options and nosniff."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        said = {name: values[0] for name, values in parse_qs(parts.query).items()}
        name = parts.path.strip("/").replace("/", "_").replace(".", "_")
        page = getattr(self, f"page_{name}", None)
        if page is None:
            self.answer("nothing here", status=404)
            return
        try:
            page(said)
        except (OSError, ValueError, sqlite3.Error, KeyError) as error:
            self.answer(f"<pre>{type(error).__module__}.{type(error).__name__}: {error}</pre>",
                        status=500)  # fmt: skip

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        said = {name: values[0] for name, values in parse_qs(body).items()}
        BOOK.append(said.get("line", ""))
        self.answer('<a href="/book">back</a>')

    def page_(self, said: dict[str, str]) -> None:
        self.answer(HOME)

    def page_search(self, said: dict[str, str]) -> None:
        self.answer(f"you looked for {said.get('q', '')}")

    def page_twin(self, said: dict[str, str]) -> None:
        """The same page without the fault: a scanner that complains here is wrong."""
        safe = said.get("q", "").replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        self.answer(f"<p>you looked for {safe}</p>")

    def page_item(self, said: dict[str, str]) -> None:
        found = items().execute(f"SELECT name FROM item WHERE id = {said['id']}").fetchall()
        self.answer(f"<p>{found}</p>")

    def page_go(self, said: dict[str, str]) -> None:
        self.answer("", status=302, Location=said["to"])

    def page_file(self, said: dict[str, str]) -> None:
        self.answer(f"<pre>{Path(said['name']).read_text()}</pre>")

    def page_ping(self, said: dict[str, str]) -> None:
        done = subprocess.run(
            f"echo {said['host']}",
            shell=True, check=False, capture_output=True, text=True, timeout=20,
        )  # fmt: skip
        self.answer(f"<pre>{done.stdout}{done.stderr}</pre>")

    def page_book(self, said: dict[str, str]) -> None:
        lines = "".join(f"<p>{line}</p>" for line in BOOK)
        self.answer(f"{FORM.format('/book', 'line')}{lines}")

    def page_mail(self, said: dict[str, str]) -> None:
        self.answer(FORM.format("/book", "address"))

    def page_openapi_json(self, said: dict[str, str]) -> None:
        self.answer(json.dumps(SCHEMA), kind="application/json")

    def page_api_number(self, said: dict[str, str]) -> None:
        self.answer(json.dumps({"n": int(said["n"])}), kind="application/json")

    def page_api_shape(self, said: dict[str, str]) -> None:
        self.answer(json.dumps({"id": "seven"}), kind="application/json")

    def page_api_teapot(self, said: dict[str, str]) -> None:
        self.answer("{}", status=418, kind="application/json")

    def answer(self, body: str, *, status: int = 200, kind: str = "text/html", **headers) -> None:
        sent = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(sent)))
        # Neither HttpOnly nor Secure
        self.send_header("Set-Cookie", "sessionid=0123456789abcdef")
        for name, value in headers.items():
            self.send_header(name, unquote(value))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_: object) -> None:
        """Log nothing: a scanner sends too many requests."""


def write_code(folder: Path) -> None:
    """Write faulty source; secrets are assembled here so that the repository contains none."""
    folder.mkdir(parents=True)
    (folder / "faults.py").write_text(
        "import hashlib\nimport pickle\nimport subprocess\nimport tempfile\nimport yaml\n\n\n"
        "def load(data):\n    return pickle.loads(data)\n\n\n"
        "def run(line):\n    return subprocess.run(line, shell=True)\n\n\n"
        "def think(text):\n    return eval(text)\n\n\n"
        "def read(text):\n    return yaml.load(text)\n\n\n"
        "def digest(password):\n    return hashlib.md5(password).hexdigest()\n\n\n"
        "def scratch():\n    return tempfile.mktemp()\n"
    )
    aws, key = "AKIA" + "IOSFODNN7" + "EXAMPLF", "-----BEGIN RSA " + "PRIVATE KEY-----"
    words = "PASS" + 'WORD = "' + "hunter2-and-more" + '"'
    (folder / "settings.py").write_text(f'AWS = "{aws}"\nKEY = """{key}\nMIIB"""\n{words}\n')
    (folder / "constraints.txt").write_text("django==2.0\njinja2==2.4\n")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--code", type=Path, required=True)
    asked = parser.parse_args()
    write_code(asked.code)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Planted)
    # The line by which the judges know any site of theirs to be ready
    print(f"Attune is ready after 0 s: http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
