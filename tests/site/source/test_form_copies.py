"""The contents of a plain form are restored after a new sign-in, without secrets and consents.

`static/js/lib/session/form_copy.js` must know each kind of field on this site.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.forms.widgets import Input
from django.test import Client
from django.utils import timezone

from tests.fixtures.accounts.second_factor import with_factor
from tests.fixtures.users import NAVIGATES, PASSWORD

ROOT = Path(__file__).resolve().parents[3]
COPY = (ROOT / "static" / "js" / "lib" / "session" / "form_copy.js").read_text()
PAGES = {path: path.read_text() for path in (ROOT / "templates").rglob("*.html")}
FORM = re.compile(r"<form\b(?P<head>[^>]*)>(?P<inside>.*?)</form>", re.DOTALL)
COPIED = {
    "checkbox", "date", "datetime-local", "email", "number", "radio", "range", "search", "text",
}  # fmt: skip
LEFT_OUT = set(re.search(r"UNCOPIED = \[(.*?)\]", COPY)[1].replace('"', "").split(", "))
# Each form with one of these has `data-uncopied`.
AFRESH = ("data-consent-row",)


def subclasses(kind):
    return {kind} | {each for sub in kind.__subclasses__() for each in subclasses(sub)}


def test_each_kind_of_field_is_copied_or_excluded():
    import accounts.sign_in.forms  # noqa: F401  its widgets are subclasses from then on

    fields = re.findall(r"<input\b[^>]*\btype=\"([a-z-]+)\"", "".join(PAGES.values()))
    widgets = {widget.input_type for widget in subclasses(Input) if "accounts" in widget.__module__}
    assert len(fields) > 50
    assert {*fields, *widgets} <= COPIED | LEFT_OUT
    assert {"password", "file", "hidden"} <= LEFT_OUT
    assert not COPIED & LEFT_OUT


def test_secrets_and_consents_are_not_copied():
    found = [
        match["head"]
        for page in PAGES.values()
        for match in FORM.finditer(page)
        if any(mark in match["inside"] for mark in AFRESH)
    ]
    assert found
    assert [head for head in found if "data-uncopied" not in head] == []


@pytest.mark.django_db
def test_authentication_forms_are_not_copied(mia, client, settings):
    settings.LEGAL_PROFILE = "demo"
    with_factor(mia, now=timezone.now())
    waits = Client(headers=NAVIGATES)
    waits.post("/accounts/login/", {"login": "mia", "password": PASSWORD})
    pages = [client.get("/accounts/login/"), waits.get("/accounts/factor/")]
    heads = [
        match["head"]
        for page in pages
        for match in FORM.finditer(page.content.decode())
        if re.search(r'name="(proof|password)"', match["inside"])
    ]
    assert len(heads) == 3
    assert all("data-uncopied" in head for head in heads)
