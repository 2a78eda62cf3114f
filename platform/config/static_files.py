"""Our own scripts, styles, fonts and models: named by their content, sent from memory.

What the camera needs is named by its version instead, since the libraries ask for it by name; both
kinds of names never change their content, and browsers keep them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

Converter = Callable[[re.Match[str]], str]


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Also rewrites `import … from "./codec.js"` inside ES modules to the hashed names."""

    support_js_module_import_aggregation = True
    manifest_strict = True
    max_post_process_passes = 20

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Converter:
        """Leaves JSDoc types alone: `import("./a.js").T` in a comment loads nothing, and two
        modules that name each other's types would never come to an end."""
        convert = super().url_converter(name, hashed_files, template)

        def converter(match: re.Match[str]) -> str:
            if in_comment(match.string, match.start()):
                return match[0]
            return str(convert(match))

        return converter


def in_comment(text: str, position: int) -> bool:
    """Judged by the line alone: whether a comment opens it, or stands open at the position."""
    before = text[text.rfind("\n", 0, position) + 1 : position]
    if before.lstrip().startswith(("*", "//")):
        return True
    return before.rfind("/*") > before.rfind("*/")


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
