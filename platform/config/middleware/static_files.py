"""Static scripts, styles, fonts and models: named by content hash and sent from memory.

Camera libraries are named by version instead, since they load their parts by fixed names. Under
either kind of name the content never changes, so browsers cache it.
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

# Vendor files are served unchanged: the lock file has their digests.
OURS = ("js/", "css/")
MINIFIED: dict[str, Callable[[str], str]] = {".js": jsmin, ".css": cssmin}


class MinifiedManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Removes comments and spaces from our own files: a third of what a page transfers.

    It also rewrites `import … from "./codec.js"` inside ES modules to the hashed names.
    """

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
        """Process the stored copies, not the sources.

        Type imports in source comments load nothing, and two modules that name each other's types
        would never converge.
        """
        yield from super().post_process({name: (self, name) for name in paths}, **options)


VERSIONED = re.compile(r"vendor/[a-z_]+/\d[^/]*/")


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Answers with whole bodies: a synchronous stream would block under ASGI."""

    def immutable_file_test(self, path: str, url: str) -> bool:
        """Return whether browsers may cache the file for good, also if its path has a version."""
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
        headers = dict(found.headers)
        if "immutable" in headers.get("Cache-Control", ""):
            # No browser asks again for such a file, and a page loads fifty of them.
            headers.pop("Last-Modified", None)
        return HttpResponse(body, status=int(found.status), headers=headers)
