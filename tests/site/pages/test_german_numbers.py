"""Decimal commas appear only in text: no attribute that a machine reads has one, on any page."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from courses.answers.numerals import TYPED_IN
from tests.fixtures.site.page_reader import pages
from tests.site.pages.test_permission_matrix import clients, world  # noqa: F401

pytestmark = pytest.mark.django_db
FOR_EYES = {"aria-label", "aria-valuetext", "aria-description", "title", "alt", "placeholder"}
SHAPES = {"d", "points", "viewbox", "transform", "style"}
COMMA = re.compile(r"-?\d+,\d+(%|px|s|em|rem)?")
# A list of words and integers: how many clauses a rule's sentence has, and of what.
LISTS = {"shape"}
IN_ADDRESS = re.compile(r"[?&;]\w+=-?\d+,\d")


class Numbers(HTMLParser):
    """Collects attributes with a decimal comma, and script data that cannot be parsed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.json = False
        self.read_as_typed = False

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        # After this field a form's texts are parsed as typed by a person.
        self.read_as_typed |= named.get("name") == TYPED_IN
        if named.get("name") in LISTS:
            return
        if tag == "input" and named.get("type") != "hidden" and self.read_as_typed:
            attrs = [(name, value) for name, value in attrs if name != "value"]
        self.json = tag == "script" and dict(attrs).get("type") in ("application/json", "importmap")
        for name, value in attrs:
            if value and name not in FOR_EYES and not name.startswith("data-say"):
                in_shape = name in SHAPES and re.search(r"\d,\d", value)
                if in_shape or COMMA.fullmatch(value) or IN_ADDRESS.search(value):
                    self.wrong.append(f"<{tag} {name}={value[:60]!r}>")

    def handle_endtag(self, tag):
        self.read_as_typed &= tag != "form"

    def handle_data(self, data):
        if self.json:
            json.loads(data)
            self.json = False


def wrong_in(html: str) -> list[str]:
    numbers = Numbers()
    numbers.feed(html)
    return numbers.wrong


@pytest.mark.parametrize(
    "html",
    ['<rect x="1,5"/>', '<path d="M1,5 2"/>', '<input value="0,5">', '<a href="/?t=1,5">',
     '<p data-from="12,25">',
     '<form><input name="typed_in"><input name="at" type="hidden" value="0,5"></form>',
     '<form><input name="typed_in"></form><input value="0,5">'],
)  # fmt: skip
def test_a_comma_in_a_machine_readable_attribute_is_found(html):
    assert len(wrong_in(html)) == 1


def test_a_comma_in_text_is_accepted():
    assert wrong_in('<p aria-label="0,5" data-names="1, 2">0,5</p>') == []


def test_a_comma_in_a_typed_field_is_accepted():
    assert wrong_in('<form><input name="typed_in" value="de"><input value="0,5"></form>') == []


def test_no_german_page_has_a_comma_in_a_machine_readable_attribute(clients, world):  # noqa: F811
    wrong, read = {}, 0
    for page in pages(clients, world, "de"):
        read += 1
        if found := wrong_in(page.html):
            wrong[page.address] = found
    assert wrong == {}
    assert read > 60
