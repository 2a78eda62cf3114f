"""Security headers: a page may use our own scripts and our own origin, nothing else.

Only the page of a Unit may use camera, Bluetooth and WebAssembly (I-28: only code that we ship
runs). Static files carry the headers for Workers, since a Worker obeys its own file's headers.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config import csp_reports

SENSING_PREFIX = "/units/"
# Only pages under this prefix may be shown in a frame, and only by the origins that a view names.
LTI_PREFIX = "/lti/"
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
# Only these policies may turn text into markup or a worker's address
# (static/js/lib/trusted_types.js). Workers are exempt: face_mesh and human load their parts by
# addresses that they build themselves.
TRUSTED = {
    "require-trusted-types-for": "'script'",
    "trusted-types": "attune attune-htmx",
}
# A Worker starts from one of these; other static files are loaded by a page and covered by its
# policy.
WORKERS = ("js/edge/", "js/sensors/", "vendor/")
PART = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
DEVICES = ("camera", "bluetooth", "serial", "fullscreen")
NEVER = ("microphone", "geolocation", "display-capture", "payment", "usb", "midi", "hid")


class SecurityHeadersMiddleware:
    """Middleware: give each request a nonce, for the import map, and each response its headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        nonce = secrets.token_urlsafe(16)
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        for name, value in headers_for(request.path, nonce).items():
            response.setdefault(name, value)
        if request.path.startswith(LTI_PREFIX) and hasattr(response, "framing"):
            allow_frames(response, nonce)
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


def allow_frames(response: HttpResponse, nonce: str) -> None:
    """Let the origins that the view named frame a page, and get its forms (`lti.launch.framing`).

    The page may also return to the window that opened it.
    """
    framing: Any = response.framing  # type: ignore[attr-defined]
    policy = content_policy(
        nonce,
        wasm=False,
        trusted=True,
        framing={
            "frame-ancestors": " ".join(framing.ancestors) or "'none'",
            "form-action": " ".join(["'self'", *framing.form_targets]),
        },
    )
    response["Content-Security-Policy"] = policy
    response["Cross-Origin-Opener-Policy"] = "unsafe-none"
    # Browsers that know frame-ancestors ignore it; others would refuse every frame.
    del response["X-Frame-Options"]


def content_policy(
    nonce: str,
    *,
    wasm: bool,
    trusted: bool,
    framing: Mapping[str, str] = MappingProxyType({}),
) -> str:
    script = f"'self' 'nonce-{nonce}'" + (" 'wasm-unsafe-eval'" if wasm else "")
    rules = {**POLICY, "script-src": script, **(TRUSTED if trusted else {}), **framing}
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def permissions_policy(*, sensing: bool) -> str:
    """Return a policy that disables everything but the sensing devices on the page of a Unit."""
    devices = [f"{name}=(self)" if sensing else f"{name}=()" for name in DEVICES]
    return ", ".join([*devices, *(f"{name}=()" for name in NEVER)])


def csp_nonce(request: HttpRequest) -> dict[str, str]:
    """Context processor: `{{ csp_nonce }}` for the one inline import map."""
    return {"csp_nonce": getattr(request, "csp_nonce", "")}
