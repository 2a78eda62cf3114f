"""The headers that tell a browser what a page may do: our own scripts, our own origin, no more.

Only the page of a Unit may use camera, Bluetooth and WebAssembly (I-28: nothing runs that we did
not ship); static files carry what a Worker needs, since a Worker obeys its own file's headers.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config import csp_reports

SENSING_PREFIX = "/units/"
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "media-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "report-uri": csp_reports.ADDRESS,
    "report-to": "csp",
}
# Text becomes markup or a worker's address only through these (static/js/lib/trusted_types.js).
# Workers are left out: face_mesh and human load their parts by addresses that they put together.
TRUSTED = {
    "require-trusted-types-for": "'script'",
    "trusted-types": "attune attune-htmx",
}
# A Worker starts from one of these; what else is static is a part of a page, which has the rules.
WORKERS = ("js/edge/", "js/sensors/", "vendor/")
PART = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
DEVICES = ("camera", "bluetooth", "serial", "fullscreen")
NEVER = ("microphone", "geolocation", "display-capture", "payment", "usb", "midi", "hid")


class SecurityHeaders:
    """Gives each request a nonce, for the one import map, and each answer its headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        nonce = secrets.token_urlsafe(16)
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        for name, value in headers_for(request.path, nonce).items():
            response.setdefault(name, value)
        if not request.path.startswith(settings.STATIC_URL):
            response.setdefault("Cache-Control", "no-store")
        return response


def headers_for(path: str, nonce: str) -> dict[str, str]:
    static = path.startswith(settings.STATIC_URL)
    if static and not path.startswith(tuple(settings.STATIC_URL + part for part in WORKERS)):
        return PART
    sensing = path.startswith(SENSING_PREFIX)
    isolated = {"Cross-Origin-Embedder-Policy": "require-corp"} if sensing or static else {}
    return {
        "Content-Security-Policy": content_policy(
            nonce, wasm=sensing or static, trusted=not static
        ),
        "Reporting-Endpoints": f'csp="{csp_reports.ADDRESS}"',
        "Permissions-Policy": permissions_policy(sensing=sensing),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        **isolated,
    }


def content_policy(nonce: str, *, wasm: bool, trusted: bool) -> str:
    script = f"'self' 'nonce-{nonce}'" + (" 'wasm-unsafe-eval'" if wasm else "")
    rules = {**POLICY, "script-src": script, **(TRUSTED if trusted else {})}
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def permissions_policy(*, sensing: bool) -> str:
    """Off everywhere; the devices of consented streams on the page of a Unit alone."""
    devices = [f"{name}=(self)" if sensing else f"{name}=()" for name in DEVICES]
    return ", ".join([*devices, *(f"{name}=()" for name in NEVER)])


def csp_nonce(request: HttpRequest) -> dict[str, str]:
    """Context processor: `{{ csp_nonce }}` for the one inline import map."""
    return {"csp_nonce": getattr(request, "csp_nonce", "")}
