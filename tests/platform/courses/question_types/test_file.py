"""A file upload: a reply is a list of ids of files, which people mark."""

from __future__ import annotations

import uuid

import pytest
from django.http import QueryDict

from authoring.formats.attune.validation import schema
from courses.answers.replies import UngradableReply
from courses.models.question import MOST_FILES
from courses.question_types.base import SPEC_FIELDS
from courses.question_types.file import FileUpload

ONE, TWO, THREE = (str(uuid.UUID(int=at)) for at in range(3))
ASKED = FileUpload(prompt_html="", linear="", file_kinds=("pdf", "picture"), most_files=2)


@pytest.mark.parametrize("given", [[ONE], [ONE, TWO], (TWO,)])
def test_a_reply_is_a_list_of_ids(given):
    ASKED.check_reply(given)


@pytest.mark.parametrize("given", ["", ONE, [], [ONE, TWO, THREE], ["sheet.pdf"], [ONE, ""]])
def test_it_refuses_what_is_no_list_of_ids(given):
    with pytest.raises(UngradableReply, match="Upload a file"):
        ASKED.check_reply(given)


def test_it_is_graded_by_people_alone_and_has_no_correct_reply():
    assert ASKED.is_open
    assert ASKED.is_correct([ONE]) is None
    assert list(ASKED.sample_replies()) == []
    assert ASKED.correct_html("en") == ""
    with pytest.raises(ValueError, match="people mark"):
        ASKED.correct_reply()


def test_a_form_stores_no_reply():
    """Files are stored one by one, so a list of ids from outside would name those of others."""
    with pytest.raises(UngradableReply):
        FileUpload.parse_form(QueryDict(f"given={ONE}"))


@pytest.mark.parametrize(("given", "told"), [([ONE], "1 file"), ([ONE, TWO], "2 files")])
def test_a_reply_is_described_by_its_number_of_files(given, told):
    assert ASKED.describe(given, "en") == told


def test_it_says_which_files_are_accepted_and_what_becomes_of_them():
    assert ASKED.kinds_in_words == "PDF; pictures (JPEG, PNG, WebP)"
    assert ASKED.suffixes == ".pdf,.jpg,.jpeg,.png,.webp,image/jpeg"
    told = [
        (upload.takes_pictures, upload.takes_others)
        for kinds in (["picture"], ["picture", "pdf"], ["text"])
        if (upload := FileUpload(prompt_html="", linear="", file_kinds=tuple(kinds)))
    ]
    assert told == [(True, False), (True, True), (False, True)]


def test_its_spec_has_kinds_and_may_have_a_rubric_and_a_number():
    rules = FileUpload.spec_rules()
    assert rules["required"] == ["file_kinds"]
    barred = {name for name, rule in rules["properties"].items() if rule == {"not": {}}}
    assert barred == {*SPEC_FIELDS} - {"file_kinds", "rubric", "most_files"}
    twice = {"levels": [{"id": "a", "text": "A", "points": 1}] * 2, "id": "c", "text": "C"}
    assert FileUpload.find_flaw({"rubric": [twice]}, "") is not None
    assert FileUpload.find_flaw({}, "") is None


def test_the_schema_allows_as_many_files_as_the_database():
    numbers = schema()["$defs"]["reply"]["properties"]["most_files"]
    assert (numbers["minimum"], numbers["maximum"]) == (1, MOST_FILES)
