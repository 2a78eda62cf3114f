"""The captions page: a button acts on its own row, also where a file was pasted."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from authoring.editor.form_parsing import write_clock
from authoring.media import captions
from tests.fixtures import factories
from tests.fixtures.users import client_for_person

pytestmark = pytest.mark.django_db
TYPED = [
    {"start": "0:01", "end": "0:02", "text": "one"},
    {"start": "0:03", "end": "0:04", "text": "two words"},
    {"start": "0:05", "end": "0:06", "text": "three"},
]


def pasted(number):
    rows = ({"start": at / 5, "end": (at + 1) / 5, "text": f"said {at}"} for at in range(number))
    return captions.write_vtt(rows)


@pytest.fixture
def page(load, package, small_course, ines):
    course = load(package(small_course)).course
    factories.make_enrolment(ines, course, role="teacher")
    video = course.units.get(kind="video")
    return client_for_person(ines), f"/author/courses/{course.slug}/captions/{video.code}/en/"


def fields(rows):
    return {f"cues-{n}-{name}": text for n, row in enumerate(rows) for name, text in row.items()}


def post(page, rows, act, **more):
    client, url = page
    stamp = client.get(url).context["author"].working.stamp
    return client.post(url, {**fields(rows), "stamp": stamp, "act": act, **more})


def texts(answer):
    return [row["text"] for row in answer.context["rows"]]


def with_paste(at, number):
    rows = [dict(row) for row in TYPED]
    rows[at]["text"] = pasted(number)
    return rows


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ("drop:1", ["said 0", "said 1", "said 2", "three"]),
        ("drop:0", ["two words", "three"]),
        ("insert:1", ["said 0", "said 1", "said 2", "", "two words", "three"]),
        ("split:1", ["said 0", "said 1", "said 2", "two", "words", "three"]),
        ("merge:1", ["said 0", "said 1", "said 2", "two words three"]),
        ("split:0", ["said 0", "said 1", "said 2", "two words", "three"]),
        ("merge:0", ["said 0", "said 1", "said 2", "two words", "three"]),
        ("check", ["said 0", "said 1", "said 2", "two words", "three"]),
    ],
)
def test_button_acts_on_its_own_row_when_a_file_was_pasted(page, act, expected):
    assert texts(post(page, with_paste(0, 3), act)) == expected


def test_a_cue_is_not_merged_with_a_pasted_file_after_it(page):
    answer = post(page, with_paste(1, 2), "merge:0")
    assert texts(answer) == ["one", "said 0", "said 1", "three"]


@pytest.mark.parametrize("act", ["check", "shift", "split:1", "undo"])
def test_a_form_that_comes_back_unsaved_is_of_the_draft_on_which_it_was_opened(page, act):
    client, url = page
    opened = client.get(url).context["author"].stamp
    assert post(page, TYPED, "save").status_code == 302
    answer = client.post(url, {**fields(TYPED), "stamp": opened, "act": act, "shift": "1"})
    assert answer.status_code == 200
    assert f'name="stamp" value="{opened}"' in answer.content.decode()
    again = {**fields(answer.context["rows"]), "stamp": answer.context["author"].stamp}
    assert client.post(url, {**again, "act": "save"}).status_code == 409


def stored(page):
    """Return the start and the text of each cue of the draft."""
    client, url = page
    answer = client.get(url + "?text")
    cues = captions.read_captions(answer.context["text"])
    return [(cue["start"], cue["text"]) for cue in cues]


@pytest.mark.parametrize("other", ["inserts", "removes", "changes later"])
def test_saved_again_after_a_conflict_a_page_replaces_its_own_part_alone(page, other):
    client, url = page
    rows = [{"start": f"0:{n / 10:04.1f}", "end": f"0:{n / 10 + 0.1:04.1f}", "text": f"t{n}"}
            for n in range(90)]  # fmt: skip
    assert post(page, rows, "save").status_code == 302
    opened = client.get(url)
    mine = [dict(row) for row in opened.context["rows"]]
    assert (len(mine), len(stored(page))) == (80, 90)
    mine[0]["text"] = "mine"
    sent = {**fields(mine), "span": opened.context["span"], "act": "save"}
    stamp = opened.context["author"].stamp

    theirs = [dict(row) for row in rows]
    if other == "inserts":
        theirs.insert(0, {"start": "0:00.0", "end": "0:00.1", "text": "new"})
    elif other == "removes":
        del theirs[:20]
    else:
        theirs[85]["text"] = "theirs"
    text = captions.write_vtt(
        {"start": float(row["start"][2:]), "end": float(row["end"][2:]), "text": row["text"]}
        for row in theirs
    )
    fresh = client.get(url).context["author"].stamp
    answer = client.post(url, {"text": text, "stamp": fresh, "act": "text"})
    assert answer.status_code == 302

    conflict = client.post(url, {**sent, "stamp": stamp})
    assert conflict.status_code == 409
    again = {**fields(conflict.context["rows"]), "span": conflict.context["span"], "act": "save"}
    again["stamp"] = conflict.context["author"].stamp
    assert client.post(url, again).status_code == 302
    expected = ["mine", *(f"t{n}" for n in range(1, 90))]
    if other == "changes later":
        expected[85] = "theirs"
    assert [words for _start, words in stored(page)] == expected


def test_a_button_that_changes_nothing_leaves_the_last_change_to_be_undone(page):
    changed = post(page, TYPED, "drop:1")
    rows, before = changed.context["rows"], changed.context["typed"]["before"]
    assert before
    again = post(page, rows, "split:1", before=before)
    assert again.context["typed"]["before"] == before


def test_check_saves_nothing(page):
    client, url = page
    before = client.get(url).context["author"].working.stamp
    assert post(page, TYPED, "check").status_code == 200
    assert client.get(url).context["author"].working.stamp == before


@pytest.mark.parametrize("act", ["check", "drop:2", "shift", "save"])
def test_pasted_file_never_exceeds_the_form_limit(page, act):
    rows = with_paste(0, 400)
    rows[1]["end"] = "0:01" if act == "save" else rows[1]["end"]
    answer = post(page, rows, act, shift="2")
    assert answer.status_code == 422
    shown = fields(answer.context["rows"])
    assert len(shown) + 10 < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    assert shown["cues-0-text"] == rows[0]["text"]
    errors = answer.context["errors"]
    if act == "save":
        assert list(errors) == ["cues-1-end"]
    else:
        assert "400 cues, too many to show" in errors["cues-0-text"]


def test_a_long_file_that_was_pasted_is_saved(page):
    assert post(page, with_paste(0, 400), "save").status_code == 302
    client, url = page
    assert len(client.get(f"{url}?from=0").context["track"].cues) == 402


def test_cues_are_shifted_by_numbers_only(page):
    assert post(page, TYPED, "shift", shift="2").context["rows"][0]["start"] == "0:03"
    answer = post(page, TYPED, "shift", shift="soon")
    assert answer.status_code == 422
    assert list(answer.context["errors"]) == ["shift"]
    assert texts(answer) == [row["text"] for row in TYPED]


@pytest.mark.parametrize(
    "content", [b"", b"WEBVTT\n", b"no times in here\n", b"1\n00:01 --> 00:02\n\n"]
)
def test_file_without_cues_is_refused_with_a_reason(page, content):
    client, url = page
    assert post(page, TYPED, "save").status_code == 302
    before = client.get(url).context
    stamp = before["author"].working.stamp
    sent = SimpleUploadedFile("film.en.vtt", content)
    answer = client.post(url, {"stamp": stamp, "act": "file", "file": sent})
    assert answer.status_code == 422
    assert answer.context["errors"]["file"]
    after = client.get(url).context
    assert after["track"].cues == before["track"].cues
    assert after["author"].working.stamp == stamp


def upload(page, rows):
    client, url = page
    stamp = client.get(url).context["author"].working.stamp
    sent = SimpleUploadedFile("film.en.vtt", captions.write_vtt(rows).encode())
    return client.post(url, {"stamp": stamp, "act": "file", "file": sent})


def test_a_file_of_a_longer_video_is_refused_with_both_times(page):
    client, url = page
    before = client.get(url).context
    length = before["track"].unit["duration"]
    late = {"start": length + 60, "end": length + 62, "text": "of another video"}
    answer = upload(page, [{"start": 0.0, "end": 1.0, "text": "Hello."}, late])
    assert answer.status_code == 422
    why = answer.context["errors"]["file"]
    assert write_clock(length) in why
    assert write_clock(length + 60) in why
    assert client.get(url).context["track"].cues == before["track"].cues


def test_a_last_cue_that_outlasts_the_video_ends_with_it(page):
    client, url = page
    length = client.get(url).context["track"].unit["duration"]
    assert upload(page, [{"start": 0.0, "end": length + 9, "text": "Bye."}]).status_code == 302
    (cue,) = client.get(url).context["track"].cues
    assert length <= cue["end"] <= length + 1
    assert (
        post(
            page, [{"start": "0:00", "end": write_clock(cue["end"]), "text": "Bye."}], "save"
        ).status_code
        == 302
    )


def begin(page, lang, label):
    """Press "Start without a file" on the page of the video."""
    client, url = page
    unit_url = client.get(url).context["unit_url"]
    stamp = client.get(unit_url).context["author"].working.stamp
    more = {"stamp": stamp, "act": "uncued", "lang": lang, "label": label}
    return client.post(unit_url, more), stamp


def test_starting_without_a_file_keeps_existing_captions(page):
    client, url = page
    cues = client.get(url).context["track"].cues
    answer, stamp = begin(page, "en", "Other")
    assert answer.status_code == 422
    why = answer.context["errors"]["captions"]
    assert "already has captions in English" in why
    assert "remove them there first" in why
    after = client.get(url).context
    assert (after["track"].cues, after["author"].working.stamp) == (cues, stamp)
    assert cues


def test_captions_start_without_a_file_in_a_new_language(page):
    client, url = page
    answer, _ = begin(page, "fr", "Français")
    assert answer.status_code == 302
    assert client.get(url.replace("/en/", "/fr/")).context["track"].cues == []


@pytest.mark.parametrize("act", ["drop:1", "split:1", "merge:0", "insert:1", "shift"])
def test_a_change_of_the_rows_is_undone(page, act):
    changed = post(page, TYPED, act, shift="2").context
    assert changed["rows"] != TYPED
    again = post(page, changed["rows"], "undo", before=changed["typed"]["before"]).context
    assert again["rows"] == TYPED
    redone = post(page, TYPED, "undo", before=again["typed"]["before"]).context
    assert redone["rows"] == changed["rows"]


@pytest.mark.parametrize(
    "before", ["", "x", "{}", "[[1]]", "[[1,2,3]]", "7", '[["0:01","0:02"]]', "[" * 100_000]
)
def test_an_undo_of_nothing_leaves_the_rows(page, before):
    assert post(page, TYPED, "undo", before=before).context["rows"] == TYPED


def test_no_cue_is_saved_after_the_end_of_the_video(page):
    rows = [dict(row) for row in TYPED]
    rows[2]["end"] = "59:00"
    answer = post(page, rows, "save")
    assert answer.status_code == 422
    assert list(answer.context["errors"]) == ["cues-2-end"]
    assert "Ends after the video" in answer.context["errors"]["cues-2-end"]


def test_captions_are_saved_as_one_text(page):
    client, url = page
    answer = client.get(f"{url}?text")
    assert answer.context["text"].startswith("WEBVTT\n\n00:00:")
    assert b'name="cues-0-text"' not in answer.content
    assert post(page, [], "text", text=pasted(2)).status_code == 302
    assert [cue["text"] for cue in client.get(url).context["track"].cues] == ["said 0", "said 1"]


def test_a_text_that_cannot_be_read_is_shown_again_with_the_line(page):
    client, url = page
    before = client.get(url).context["track"].cues
    broken = pasted(2).replace("00:00:00.200 -->", "soon -->")
    answer = post(page, [], "text", text=broken)
    assert answer.status_code == 422
    assert answer.context["errors"]["text"].startswith("Line 6: ")
    assert answer.context["text"] == broken
    assert client.get(url).context["track"].cues == before


def test_a_text_is_refused_after_another_author_saved(page):
    client, url = page
    stamp = client.get(url).context["author"].working.stamp
    assert post(page, TYPED, "save").status_code == 302
    answer = client.post(url, {"act": "text", "text": pasted(1), "stamp": stamp})
    assert answer.status_code == 409
    assert answer.context["text"] == pasted(1)
    assert len(client.get(url).context["track"].cues) == len(TYPED)
