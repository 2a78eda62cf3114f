"""The dashboard: what Teachers see of the queue, share, snooze and undo."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adaptation.models import Intervention
from adaptation.rules.active_rules import shipped_rules
from estimates.models import AFFECT_LABELS
from privacy.erasure import erasure
from teaching.dashboard.handled_needs import is_off_queue
from teaching.models import Handled
from tests.fixtures import factories
from tests.fixtures.users import make
from tests.platform.teaching.conftest import answer, sit, tell

pytestmark = pytest.mark.django_db
NOW, QUEUE, SEEN_TO = (f"/teach/algebra/{page}" for page in ("", "queue/", "handled/"))


@pytest.fixture
def stuck(video, mia):
    """mia, 65 s into the video, pressed "I'm stuck" half a minute ago."""
    at = timezone.now()
    sitting = sit(mia, video, at - timedelta(seconds=100))
    tell(sitting, "play", at - timedelta(seconds=95), 0.0)
    tell(sitting, "stuck", at - timedelta(seconds=30))
    return sitting


@pytest.fixture
def teacher(client_for, course, ines):
    return client_for(ines)


def rows(response) -> list[str]:
    """Return the visible text of each row."""
    found = re.findall(r'<li id="row-.*?</li>', response.content.decode(), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def value(response, name="handled") -> str:
    return re.search(rf'name="{name}" value="([^"]+)"', response.content.decode())[1]


def test_a_stuck_learner_is_listed_with_reason_place_source_and_one_action(teacher, stuck):
    (row,) = rows(teacher.get(NOW))

    assert "mia just now Pressed “I&rsquo;m stuck” at 1:05 of Factoring trinomials" in row
    assert ", in “ Undo an addition ”" in row.replace("“Undo an addition”", "“ Undo an addition ”")
    assert "Said by mia" in row
    assert "Try this: Ask mia what is still unclear in “Undo an addition”." in row


def test_an_empty_queue_says_what_will_be_there(teacher):
    assert "Nobody needs you right now." in teacher.get(NOW).content.decode()


def test_reasons_about_one_question_share_one_row(teacher, quiz, question, mia):
    sitting = sit(mia, quiz, timezone.now() - timedelta(minutes=1))
    for _ in range(3):
        answer(mia, question, timezone.now(), sitting=sitting)
    tell(sitting, "hint", timezone.now(), 1.0, question.code)

    (row,) = rows(teacher.get(NOW))

    assert "Three incorrect answers in a row on question 1 of Quiz four" in row
    assert "Opened hint 1 on question 1 of Quiz four" in row


def test_requests_come_before_longer_waiting_learners(teacher, stuck, quiz, question, noah):
    for _ in range(3):
        answer(noah, question, timezone.now() - timedelta(minutes=20))

    assert [row.split()[1] for row in rows(teacher.get(NOW))] == ["mia", "noah"]


def test_simulated_learners_are_marked(teacher, stuck, mia):
    mia.simulated = True
    mia.save(update_fields=["simulated"])

    assert "simulated" in rows(teacher.get(NOW))[0]


def test_handled_by_one_teacher_is_gone_for_the_other_who_may_undo(
    client_for, teacher, course, stuck
):
    other = make("otto")
    factories.make_enrolment(other, course, role="teacher")
    colleague = client_for(other)

    teacher.post(SEEN_TO, {"handled": value(teacher.get(NOW))})

    assert rows(colleague.get(NOW)) == []
    assert rows(teacher.get(QUEUE)) == []
    colleague.post(SEEN_TO, {"undo": value(colleague.get(NOW), "undo")})
    assert len(rows(teacher.get(NOW))) == 1


def test_undo_is_a_toast_for_the_teacher_who_handled_it(client_for, teacher, course, stuck):
    other = make("otto")
    factories.make_enrolment(other, course, role="teacher")
    page = teacher.post(SEEN_TO, {"handled": value(teacher.get(NOW))}, follow=True)

    assert "<span data-say>mia: handled.</span>" in page.content.decode()
    assert "data-say" not in client_for(other).get(NOW).content.decode()


def test_learners_with_one_reason_share_a_card_and_one_press_handles_them(
    teacher, video, mia, noah
):
    at = timezone.now()
    for learner in (mia, noah):
        sitting = sit(learner, video, at - timedelta(seconds=100))
        tell(sitting, "play", at - timedelta(seconds=95), 0.0)
        tell(sitting, "stuck", at - timedelta(seconds=30))
    page = teacher.get(NOW)

    (card,) = rows(page)
    assert card.startswith("2 2 learners asked for help just now Factoring trinomials")
    assert "mia Pressed" in card
    assert "noah Pressed" in card
    assert "They said so" in card

    after = teacher.post(SEEN_TO, {"handled": value(page)}, follow=True)
    assert rows(after) == []
    assert Handled.objects.count() == 2
    assert "<span data-say>2 learners: handled.</span>" in after.content.decode()

    teacher.post(SEEN_TO, {"undo": value(after, "undo")})
    assert len(rows(teacher.get(NOW))) == 1
    assert not Handled.objects.exists()


def test_different_reasons_about_one_unit_have_cards_of_their_own(
    teacher, quiz, question, mia, noah
):
    for _ in range(3):
        answer(mia, question, timezone.now())
    sitting = sit(noah, quiz, timezone.now() - timedelta(minutes=1))
    tell(sitting, "hint", timezone.now(), 1.0, question.code)

    assert len(rows(teacher.get(NOW))) == 2


def test_a_row_of_another_course_in_a_shared_press_handles_none(teacher, stuck, video, mallory):
    here = value(teacher.get(NOW))
    there = f"{mallory.code}:{video.code}"

    assert teacher.post(SEEN_TO, {"handled": f"{here} {there}"}).status_code == 404
    assert not Handled.objects.exists()


def test_nothing_can_be_undone_after_ten_minutes(teacher, stuck):
    teacher.post(SEEN_TO, {"handled": value(teacher.get(NOW))})
    word = Handled.objects.get()
    Handled.objects.update(at=timezone.now() - timedelta(minutes=11))

    assert teacher.post(SEEN_TO, {"undo": str(word.id)}).status_code == 404


def test_new_evidence_brings_a_handled_row_back(teacher, stuck):
    teacher.post(SEEN_TO, {"handled": value(teacher.get(NOW))})

    tell(stuck, "stuck", timezone.now() + timedelta(seconds=1))

    assert "two times" in rows(teacher.get(NOW))[0]


def test_a_snoozed_row_is_off_for_ten_minutes_and_then_back(teacher, stuck):
    teacher.post(SEEN_TO, {"snooze": value(teacher.get(NOW), "snooze")})

    word = Handled.objects.get()
    assert rows(teacher.get(NOW)) == []
    asked = word.at - timedelta(seconds=30)
    minutes = [9, 10, 11]
    times = [word.at + timedelta(minutes=minute) for minute in minutes]
    assert [is_off_queue(asked, word, now=now) for now in times] == [True, False, False]


def test_the_fragment_answers_304_until_something_changes(teacher, stuck):
    first = teacher.get(QUEUE)
    again = teacher.get(QUEUE, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")

    tell(stuck, "got_it", timezone.now())

    changed = teacher.get(QUEUE, headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert rows(changed) == []


def test_names_are_not_cached(teacher, stuck):
    assert teacher.get(QUEUE)["Cache-Control"] == "no-store"


def test_an_erased_learner_is_gone_from_the_queue(teacher, stuck, mia):
    erasure.erase(mia.code, actor=mia.code, cause="request", now=timezone.now())

    assert rows(teacher.get(NOW)) == []


def test_five_right_in_a_row_go_well_and_four_do_not(teacher, quiz, question, mia, noah):
    at = timezone.now() - timedelta(minutes=9)
    for second in range(5):
        answer(mia, question, at + timedelta(seconds=second), right=True)
        answer(noah, question, at + timedelta(seconds=second), right=second > 0)

    page = teacher.get(NOW).content.decode()

    assert "mia: 5 correct in a row on <em>Quiz four</em>" in page
    assert "noah: 4" not in page


def test_it_counts_who_is_here_of_all_enrolled(teacher, stuck):
    assert "<dd>1 <small>of 2</small></dd>" in teacher.get(NOW).content.decode()


@pytest.mark.parametrize("page", ["", "queue/", "board/", "rules/"])
@pytest.mark.parametrize(("name", "status"), [("mia", 403), ("mallory", 404), ("amir", 404)])
def test_learners_meet_403_and_strangers_404(request, client_for, course, page, name, status):
    client = client_for(request.getfixturevalue(name))

    assert client.get(f"/teach/algebra/{page}").status_code == status


@pytest.mark.parametrize("row", ["", "x", "mallory:unit", "mia:nothing"])
def test_a_row_that_is_not_here_cannot_be_handled(teacher, course, video, mia, mallory, row):
    known = {"mallory": mallory.code, "mia": mia.code, "unit": video.code}
    text = ":".join(str(known.get(part, factories.new_code())) for part in row.split(":"))

    assert teacher.post(SEEN_TO, {"handled": text if ":" in row else row}).status_code == 404
    assert not Handled.objects.exists()


def test_no_teacher_sees_what_a_rule_offered_and_why(
    teacher, stuck, quiz, question, mia, allow, feel
):
    """R2 offered a hint because of an Estimate; the Teacher sees only that a hint was opened."""
    allow(mia, "pointer:adapt", "pointer:teach")
    sitting = sit(mia, quiz, timezone.now() - timedelta(minutes=1))
    feel(sitting, 3, CONFUSION=0.8)
    Intervention.objects.create(
        sitting=sitting,
        learner=mia,
        question=question,
        rule="R2",
        version=1,
        cut=3,
        kind="hint",
        probability=1,
        delivered=True,
        sealed=b"",
        outcome="accepted",
    )
    tell(sitting, "hint", timezone.now(), 1.0, question.code)
    forbidden = [shipped_rules()["R2"].title, "R2", *AFFECT_LABELS]

    pages = [
        teacher.get(NOW),
        teacher.get(QUEUE),
        teacher.post(SEEN_TO, {"handled": value(teacher.get(NOW))}, follow=True),
    ]

    assert "Opened hint 1" in pages[0].content.decode()
    for page in pages:
        text = page.content.decode().split("<main", 1)[-1].lower()
        assert [
            word for word in forbidden if word.lower() in re.sub(r"value=\S+|id=\S+", "", text)
        ] == []
    for path in ("board/", "rules/"):
        page = teacher.get(f"/teach/algebra/{path}").content.decode()
        assert not re.search(r"\bmia\b", page.split("<main", 1)[-1])


def test_the_queue_reads_no_table_of_estimates_or_rules(teacher, stuck):
    with CaptureQueriesContext(connection) as asked:
        teacher.get(QUEUE)

    said = " ".join(query["sql"] for query in asked.captured_queries)
    assert "telemetry_event" in said
    assert not re.search(r"adaptation_|estimates_|telemetry_block", said)
