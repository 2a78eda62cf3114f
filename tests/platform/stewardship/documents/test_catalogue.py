"""Documents follow the configuration: each new table, stream, rule, model or limit is in them."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.db import models
from django.test.utils import isolate_apps

import data_inventory
from accounts.site import site_facts
from consent.legal_profiles import profiles
from data_inventory import NUMBER, declaration
from emotion import streams
from interventions import catalogue as rules
from stewardship.documents import catalogue
from stewardship.documents.current_config import load_config
from stewardship.documents.markdown import TO_FILL, render_html, table
from tests.platform.accounts.site.test_site_facts import FACTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def texts(now, demo):
    """Return the Markdown of all documents together."""
    return lambda: {
        document.name: document.markdown for document in catalogue.make_all_documents(now)
    }


def test_every_table_stream_rule_model_and_limit_that_runs_is_in_them(texts, now):
    made, found = texts(), load_config(now)
    for name in ("impact-assessment", "processing-record"):
        for holding in found.holdings:
            if holding.subject is not None:
                assert f"`{holding.model._meta.db_table}`" in made[name]
                for column in holding.columns:
                    assert f"{column} (" in made[name]
    for name in ("impact-assessment", "technical-documentation"):
        assert all(f"| {stream} |" in made[name] for stream in found.streams)
    file = made["technical-documentation"]
    assert found.rules
    assert found.models
    for rule, condition in found.rules:
        assert f"{rule.id} {rule.title}, version {rule.version}" in file
        assert json.dumps(condition).replace("|", "\\|") in file
    for model in found.models:
        assert model.digest in file
        assert all(limit in file for limit in model.card["limits"])
        assert all(f"| {name} | " in file for name in model.card["figures"])


def test_the_controller_is_in_them_once_it_is_recorded(texts, now):
    assert all("name and contact of the controller" in text for text in texts().values())
    site_facts.record(replace(FACTS, officer=""), by=None, now=now)
    for text in texts().values():
        assert f"Controller: {FACTS.controller}" in text
        assert f"Contact: {FACTS.contact}" in text
        assert "Data protection officer: none named" in text
        assert "name and contact of the controller" not in text


def test_a_new_table_appears(texts, monkeypatch):
    monkeypatch.setattr(declaration, "_declared", dict(declaration._declared))
    with isolate_apps("data_inventory"):

        class Moods(models.Model):
            class Meta:
                app_label = "data_inventory"

        data_inventory.holds(
            subject="self", category="moods", scope="course", columns={"id": NUMBER}, retain="3d"
        )(Moods)
        made = texts()
    assert "| `data_inventory_moods` | Moods | id (number) | 3d |" in made["impact-assessment"]
    assert "| Moods | `data_inventory_moods` |" in made["processing-record"]
    assert "| Moods | 3d |" in made["processing-record"]


def test_it_says_how_each_table_is_erased(texts):
    rows = {
        line.split(" | ")[0].strip("| `"): line.split(" | ")[4]
        for line in texts()["impact-assessment"].splitlines()
        if line.startswith("| `")
    }
    with_scopes = "deleting the record, with the account or with any consent it was made from"
    assert rows["adaptation_letgo"] == rows["estimates_opening"] == with_scopes
    assert rows["telemetry_sitting"] == "deleting the record"
    assert rows["telemetry_block"] == "its own function"


def test_a_new_stream_appears(texts, monkeypatch):
    breath = replace(streams.stream("temp"), name="breath", number=99)
    more = {**streams.load(), "breath": breath}
    monkeypatch.setattr(streams, "load", lambda: more)
    monkeypatch.setattr(profiles, "split", lambda scope: (breath, scope.partition(":")[2]))
    assert "| breath | yes | temp [" in texts()["impact-assessment"]


def test_a_new_rule_appears(texts, monkeypatch):
    shipped = rules.load()
    more = (*shipped, replace(shipped[0], title="A rule of tomorrow", dwell_s=77))
    monkeypatch.setattr(rules, "load", lambda: more)
    file = texts()["technical-documentation"]
    assert "A rule of tomorrow" in file
    assert "77 s" in file


def test_another_profile_changes_the_documents(texts, settings):
    free = texts()["impact-assessment"]
    settings.LEGAL_PROFILE = "eu_education"
    strict = texts()["impact-assessment"]
    settings.LEGAL_PROFILE = None
    none = texts()["impact-assessment"]
    face = [next(line for line in text.splitlines() if "| face |" in line)
            for text in (free, strict, none)]  # fmt: skip
    assert "Help for me" in face[0]
    assert "Article 5(1)(f)" in face[1]
    assert "no legal profile" in face[2]
    assert "EU education" in strict


def test_the_record_names_the_servers_that_the_settings_let_data_go_to(texts, settings):
    settings.EMAIL_HOST = ""
    none = texts()["processing-record"]
    settings.EMAIL_HOST = "mail.northfield.example"
    settings.LRS_URL = "https://lrs.northfield.example/xapi"
    some = texts()["processing-record"]
    mail = "| Mail server | `MAIL_HOST` | name, email address, the text of the email | none |"
    assert mail in none
    assert "mail.northfield.example" in some
    assert "| lrs.northfield.example |" in some
    assert "to nobody" not in some


def test_what_only_people_know_is_marked(texts):
    for name, text in texts().items():
        assert text.count(TO_FILL) >= 4, name


def test_a_cell_cannot_break_its_table():
    assert table(["a"], [("x | y\nz",)]).splitlines()[-1] == "| x \\| y z |"
    assert "<script>" not in render_html("<script>alert(1)</script>")


def test_the_command_writes_all_of_them(tmp_path, demo):
    out = io.StringIO()
    call_command("compliance_documents", out=str(tmp_path), json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert [row["document"] for row in told["rows"]] == list(catalogue.DOCUMENTS)
    for row in told["rows"]:
        assert (tmp_path / f"{row['document']}.md").read_text().count(TO_FILL) == row["to_fill"]
        page = (tmp_path / f"{row['document']}.html").read_text()
        assert "<h1>" in page
        assert "<script" not in page


def test_a_steward_reads_and_keeps_them(client_for, amir, demo):
    client = client_for(amir)
    assert "GDPR, Article 35" in client.get("/steward/documents/").content.decode()
    page = client.get("/steward/documents/processing-record/").content.decode()
    assert page.count("<h1") == 1
    for form, begins in (("md", "# Record"), ("html", "<!doctype html>")):
        kept = client.get(f"/steward/documents/processing-record/{form}/")
        assert kept["Content-Disposition"].startswith("attachment;")
        assert kept.content.decode().startswith(begins)
    for path in ("nonsense/", "processing-record/exe/"):
        assert client.get(f"/steward/documents/{path}").status_code == 404
