"""Every page that the permission matrix allows is valid HTML."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.site.pages.test_permission_matrix import PEOPLE, TABLE, address_of, clients, world

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
assert clients
assert world
JUDGE = ROOT / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
RULES = ROOT / "tests" / "site" / "pages" / "markup.json"


def pages(clients, world):
    """Yield (name, HTML) of each page for each member of the cast who may open it."""
    for (method, address), row in TABLE.items():
        for person in PEOPLE:
            if (
                method != "GET"
                or row[person] != "in"
                or address.startswith(("/health/live", "/health/ready", "/metrics"))
            ):
                continue
            response = clients[person].get(address_of(address, world), follow=True)
            if response.get("Content-Type", "").startswith("text/html"):
                yield f"{person}{re.sub(r'[^a-z0-9]+', '-', address)}", response.content


def judged(folder):
    """Return the validator's findings in the pages of a folder, one per line."""
    told = folder / "told.json"
    done = subprocess.run(
        ["node", JUDGE, "--config", RULES, "--formatter", f"json={told}", folder],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    return [
        f"{file['filePath'].rpartition('/')[2]}:{said['line']}:{said['column']}"
        f" {said['ruleId']}: {said['message']}"
        for file in json.loads(told.read_text())
        for said in file["messages"]
    ]


def test_every_page_is_valid_html(clients, world, tmp_path):
    found = dict(pages(clients, world))
    for name, body in found.items():
        (tmp_path / f"{name}.html").write_bytes(body)
    assert len(found) > 60
    assert judged(tmp_path) == []


def test_a_fault_in_a_page_is_detected(tmp_path):
    (tmp_path / "one.html").write_text(
        '<!doctype html><html lang="en"><head><title>A</title></head>'
        '<body><img src="a.png"></body></html>'
    )
    assert {line.split()[1] for line in judged(tmp_path)} == {"wcag/h37:"}
