"""Compression of pages; fragments with an ETag, files and API responses are sent as they are.

Django pads each compressed page by a random length, so its size reveals no secrets (BREACH). The
CSRF token is also masked differently for each page.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class PageCompressionMiddleware(GZipMiddleware):
    """GZipMiddleware for HTML only.

    Videos are requested in ranges, static files are compressed in advance, and a fragment's ETag
    must stay valid.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        page = response.get("Content-Type", "").startswith("text/html")
        if response.streaming or not page or response.has_header("ETag"):
            return response
        return super().process_response(request, response)
