"""Content policy reports: counted by directive and pattern, and nothing of them stored."""

from __future__ import annotations

import json

import pytest
from prometheus_client import generate_latest

from config import csp_reports
from config.csp_reports import ADDRESS, LARGEST_BYTES, Allowance, parse_reports
from config.middleware.security_headers import headers_for

SECRET = "mia@school.example"
UNIT = f"http://x/units/3f1c8e2a-5d6f-4a10-9b7c-2f1e8d3c4b5a/?q={SECRET}"
OLD = {"csp-report": {"effective-directive": "img-src", "document-uri": UNIT, "x": SECRET}}
NEW = [{"body": {"effectiveDirective": "trusted-types", "documentURL": UNIT, "sample": SECRET}}]
ROUTE = "units/<uuid:code>/"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(csp_reports, "allowance", Allowance(5))


def post(client, body):
    return client.post(ADDRESS, body, content_type="application/csp-report")


def test_both_forms_are_counted_by_directive_and_pattern_alone(client):
    for body in (OLD, NEW):
        assert post(client, json.dumps(body)).status_code == 204
    text = generate_latest().decode()
    for directive in ("img-src", "trusted-types"):
        counted = f'attune_policy_reports_total{{directive="{directive}",route="{ROUTE}"}} 1.0'
        assert counted in text
    assert SECRET not in text


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"1", b"[1]", b"null", b"[" * 9000, b'{"csp-report": 1}', b'[{"body":1}]'],
)
def test_nonsense_breaks_nothing_and_names_nothing(client, body):
    assert post(client, body).status_code == 204
    assert set(parse_reports(body)) <= {("other", "none")}


def test_what_is_large_or_often_is_refused(client):
    assert post(client, b"x" * (LARGEST_BYTES + 1)).status_code == 413
    assert [post(client, b"").status_code for _ in range(6)].count(429) >= 1
    later = Allowance(1)
    assert [later.take(at) for at in (0.0, 1.0, 60.0)] == [True, False, True]


def test_pages_ask_for_reports_and_for_trusted_types():
    headers = headers_for("/units/x/", "N")
    policy = headers["Content-Security-Policy"]
    assert "require-trusted-types-for 'script'; trusted-types attune attune-htmx" in policy
    assert f"report-uri {ADDRESS}" in policy
    assert headers["Reporting-Endpoints"] == f'csp="{ADDRESS}"'
    worker = headers_for("/static/js/edge/worker.js", "N")["Content-Security-Policy"]
    assert "trusted-types" not in worker
