"""The security headers of each page."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from config.middleware.security_headers import SecurityHeadersMiddleware, csp_nonce, headers_for


def policy(path: str) -> dict[str, str]:
    value = headers_for(path, "NONCE")["Content-Security-Policy"]
    return dict(rule.split(" ", 1) for rule in value.split("; "))


@pytest.mark.parametrize("path", ["/", "/courses/algebra/", "/teach/algebra/", "/accounts/login/"])
def test_a_page_without_sensing_may_use_no_device_and_no_wasm(path):
    headers = headers_for(path, "NONCE")
    assert policy(path)["script-src"] == "'self' 'nonce-NONCE'"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Cross-Origin-Embedder-Policy" not in headers


def test_a_unit_page_may_use_camera_and_wasm_and_never_the_microphone():
    headers = headers_for("/units/x/", "NONCE")
    assert policy("/units/x/")["script-src"].endswith("'wasm-unsafe-eval'")
    assert "camera=(self)" in headers["Permissions-Policy"]
    assert "microphone=()" in headers["Permissions-Policy"]
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"


def test_a_worker_file_carries_what_the_worker_needs():
    assert "'wasm-unsafe-eval'" in policy("/static/js/sensors/face_worker.js")["script-src"]
    assert headers_for("/static/x.js", "N")["Cross-Origin-Embedder-Policy"] == "require-corp"


@pytest.mark.parametrize("path", ["/", "/units/x/", "/static/x.js"])
def test_nothing_from_elsewhere_and_nothing_inline(path):
    rules = policy(path)
    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == "'none'"
    text = " ".join(rules.values())
    assert "unsafe-inline" not in text
    assert "http" not in text
    assert "'unsafe-eval'" not in text


def test_each_answer_has_a_nonce_of_its_own_that_its_template_sees():
    seen = []

    def view(request):
        seen.append(csp_nonce(request)["csp_nonce"])
        return HttpResponse()

    answers = [SecurityHeadersMiddleware(view)(RequestFactory().get("/")) for _ in range(2)]
    assert seen[0] != seen[1]
    for nonce, answer in zip(seen, answers, strict=True):
        assert f"'nonce-{nonce}'" in answer["Content-Security-Policy"]


def test_pages_are_not_kept_in_caches_unless_they_say_so():
    def cached(request):
        return HttpResponse(headers={"Cache-Control": "private, max-age=60"})

    request = RequestFactory().get("/")
    assert (
        SecurityHeadersMiddleware(lambda _: HttpResponse())(request)["Cache-Control"] == "no-store"
    )
    assert SecurityHeadersMiddleware(cached)(request)["Cache-Control"] == "private, max-age=60"
