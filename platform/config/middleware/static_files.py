"""Our own scripts, styles, fonts and models: named by their content, sent from memory.

What the camera needs is named by its version instead, since the libraries ask for it by name; both
kinds of names never change their content, and browsers keep them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile, File
from django.http import HttpRequest, HttpResponse
from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

# A vendor's files are served as they came: their digests are in the lock file.
OURS = ("js/", "css/")
MINIFIED: dict[str, Callable[[str], str]] = {".js": jsmin, ".css": cssmin}


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Takes comments and spaces out of what is ours: they are a third of what a page carries. Also
    rewrites `import … from "./codec.js"` inside ES modules to the hashed names."""

    support_js_module_import_aggregation = True
    manifest_strict = True
    max_post_process_passes = 20

    def _save(self, name: str, content: File[Any]) -> str:
        minify = MINIFIED.get(PurePosixPath(name).suffix)
        if minify is not None and name.startswith(OURS):
            text = b"".join(content.chunks()).decode()
            content = ContentFile(minify(text).encode())
        return str(super()._save(name, content))

    def post_process(self, paths: dict[str, Any], **options: Any) -> Iterator[Any]:
        """Of what was kept, not of its source: a type that a comment there imports loads nothing,
        and two modules that name each other's types would never come to an end."""
        yield from super().post_process({name: (self, name) for name in paths}, **options)


VERSIONED = re.compile(r"vendor/[a-z_]+/\d[^/]*/")


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Answers with whole bodies: a synchronous stream would block under ASGI."""

    def immutable_file_test(self, path: str, url: str) -> bool:
        """Also what lies under its version: browsers keep nets and wasm for good."""
        if VERSIONED.match(url.removeprefix(self.static_prefix or "")):
            return True
        return bool(super().immutable_file_test(path, url))

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method, request.META)
        body = b""
        if found.file is not None:
            with found.file:
                body = found.file.read()
        return HttpResponse(body, status=int(found.status), headers=dict(found.headers))
