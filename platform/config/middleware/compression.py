"""Pages go over the wire compressed; parts with an ETag, files and answers of the API as they are.

Django pads each compressed page by a random length, so its size tells nothing of what is secret in
it (BREACH); the CSRF token is masked anew for each page besides.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressedPages(GZipMiddleware):
    """GZipMiddleware for HTML alone: videos are asked for in ranges, static files are compressed
    beforehand, and a part's ETag must come back as it went out."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        page = response.get("Content-Type", "").startswith("text/html")
        if response.streaming or not page or response.has_header("ETag"):
            return response
        return super().process_response(request, response)
