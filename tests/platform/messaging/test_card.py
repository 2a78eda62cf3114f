"""A message to the Learners behind a card: who they are, why, and what followed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from courses.models import Completion
from messaging.card import find_card, read_card, sign_card
from messaging.models import Conversation
from teaching.dashboard import handled_needs
from tests.fixtures import factories
from tests.platform.teaching.conftest import sit, tell

pytestmark = pytest.mark.django_db


def hidden(page, name):
    return re.findall(rf'<input type="hidden" name="{name}" value="([^"]+)">', page)


def people_of(page):
    return hidden(page, "people")[0].split()


def reason_of(letters):
    return f"wrong:{letters.question.code}"


def sent_from_card(letters, page, **more):
    """Send the form of this page as it is."""
    fields = {name: hidden(page, name) for name in ("id", "people", "card", "start")}
    sent = {name: value for name, value in fields.items() if value}
    return letters.client("ines").post(letters.url("send/"), {**sent, "text": "Look.", **more})


def test_a_card_on_the_page_now_leads_to_its_learners(letters):
    letters.miss("mia")
    letters.miss("gita")
    page = letters.open("ines", f"/teach/{letters.course.slug}/")
    (key,) = re.findall(r'name="card_key" value="([^"]+)"', page)
    page = letters.compose(card_key=key)
    assert "Message 2 learners" in page
    assert {str(letters.people[name].code) for name in ("mia", "gita")} == set(people_of(page))
    one = letters.compose(row=f"{letters.people['mia'].code}:{letters.question.code}")
    assert "Message 1 learner" in one
    assert hidden(one, "card")
    assert people_of(one) == [str(letters.people["mia"].code)]


def test_a_shared_card_of_stuck_learners_names_no_part_of_the_video(letters):
    """Each was stuck at another second, so a part would be right for one of them alone."""
    now = timezone.now()
    for name, second in (("mia", 20.0), ("gita", 80.0)):
        sitting = sit(letters.people[name], letters.video, now - timedelta(minutes=3))
        tell(sitting, "play", now - timedelta(seconds=100), 0.0)
        tell(sitting, "stuck", now - timedelta(seconds=100 - second))
    alone = f"{letters.people['mia'].code}:{letters.video.code}"
    assert find_card(letters.course, alone, now=now).second == pytest.approx(20.0, abs=1)
    shared = find_card(letters.course, f"stuck:{letters.video.code}", now=now)
    assert len(shared.who) == 2
    assert shared.second is None


def test_a_card_starts_with_its_part_and_question(letters):
    letters.question.skills.get().units.add(letters.video)
    letters.miss("mia")
    page = letters.compose(card_key=reason_of(letters))
    assert 'aria-pressed="true"><b>Look at a part again' in page
    assert f'<option value="{letters.question.code}" selected>' in page
    assert f'<option value="{letters.video.code}" selected>' in page
    assert "Because of your answers to question 1 of" in page


def test_the_learner_reads_the_reason_and_only_those_behind_the_card(letters):
    letters.miss("mia")
    page = letters.compose(card_key=reason_of(letters))
    noah = letters.people["noah"].code
    assert sent_from_card(letters, page, person=noah).status_code == 302
    why = letters.open("mia", f"/messages/{letters.thread('mia').id}/")
    assert f"Because of your answers to question 1 of “{letters.quiz.title}”." in why
    assert "No sensing was used." in why
    assert letters.thread("noah").reason == ""
    why = letters.open("noah", f"/messages/{letters.thread('noah').id}/")
    assert "Your teacher chose to write to you." in why


def test_a_card_is_known_by_its_signature_alone(letters):
    letters.miss("mia")
    now = timezone.now()
    card = find_card(letters.course, reason_of(letters), now=now)
    token = sign_card(letters.course, card)
    assert read_card(letters.course, token) == card
    assert read_card(letters.course, token[:-1] + ("a" if token[-1] != "a" else "b")) is None
    assert read_card(factories.make_course(), token) is None
    refused = letters.send("mia", card=f"{token}x")
    assert refused.status_code == 422
    assert "This card is no longer open" in refused.content.decode()
    letters.send("mia")
    assert letters.thread("mia").reason == ""


def test_a_handled_card_is_gone(letters):
    letters.miss("mia")
    now = timezone.now()
    row = f"{letters.people['mia'].code}:{letters.question.code}"
    handled_needs.handle(letters.course, row, letters.people["ines"], now=now, until=None)
    assert find_card(letters.course, row, now=now) is None
    assert find_card(letters.course, reason_of(letters), now=now) is None


def test_a_card_that_is_gone_is_named_as_gone(letters):
    """Its Learners can be written to, without a reason."""
    gone = "This card is no longer open, so the message gives no reason."
    assert gone not in letters.compose(person=letters.people["mia"].code)
    page = letters.compose(row=f"{letters.people['mia'].code}:{letters.question.code}")
    assert gone in page
    assert "Message 1 learner" in page


def test_a_card_about_a_variant_attaches_its_question(letters):
    sibling = factories.make_question(
        letters.quiz, sibling=letters.question, relation="easier", position=None
    )
    letters.question.skills.get().units.add(letters.video)
    for _ in range(3):
        letters.try_again("mia", correct=False, question=sibling)
    page = letters.compose(card_key=f"wrong:{sibling.code}")
    assert f'<option value="{letters.question.code}" selected>' in page


def test_a_card_without_a_part_of_a_video_starts_empty(letters):
    """The text of the first start would refer to a part that is not there."""
    letters.miss("mia")
    page = letters.compose(card_key=reason_of(letters))
    assert 'aria-pressed="true"><b>Your own words' in page
    assert "look at the part" not in page


def test_another_start_takes_its_attachments_along(letters):
    letters.question.skills.get().units.add(letters.video)
    letters.miss("mia")
    page = letters.compose(card_key=reason_of(letters))
    (token,) = hidden(page, "card")
    typed = {"card": token, "start": "look_again", "act": "start:refresher"}
    video, question = str(letters.video.code), str(letters.question.code)
    page = letters.compose(**typed, video=video, question=question, begin="0:00", end="0:30")
    assert f'<option value="{letters.question.skills.get().slug}" selected>' in page
    for code in (video, question):
        assert f'<option value="{code}" selected>' not in page
    other = letters.quiz.questions.get(position=2)
    page = letters.compose(**typed, question=other.code)
    assert f'<option value="{other.code}" selected>' in page


def test_the_history_has_one_line_for_each_press(letters):
    letters.miss("mia")
    letters.miss("gita")
    page = letters.compose(card_key=reason_of(letters))
    (token,) = hidden(page, "card")
    now = timezone.now()
    for name in ("mia", "gita"):
        row = f"{letters.people[name].code}:{letters.question.code}"
        handled_needs.handle(letters.course, row, letters.people["tom"], now=now, until=None)
    assert letters.compose(card=token).count("tom marked it as handled") == 1


@pytest.mark.parametrize("finishes", [True, False])
def test_what_followed_a_card_about_a_unit_is_work_in_it(letters, finishes):
    now = timezone.now()
    sitting = sit(letters.people["mia"], letters.video, now - timedelta(minutes=3))
    tell(sitting, "play", now - timedelta(seconds=100), 0.0)
    tell(sitting, "stuck", now - timedelta(seconds=80))
    sent_from_card(letters, letters.compose(card_key=f"stuck:{letters.video.code}"))
    assert "0 of 1 worked on it since" in letters.open("ines", letters.url())
    if finishes:
        Completion.objects.create(
            learner=letters.people["mia"],
            unit=letters.video,
            done_at=timezone.now(),
            updated_at=timezone.now(),
        )
    else:
        question = factories.make_question(letters.video, position=None, time_s=30)
        letters.try_again("mia", correct=True, question=question)
    assert "1 of 1 worked on it since" in letters.open("ines", letters.url())


def test_the_history_says_who_snoozed_wrote_and_what_followed(letters):
    letters.miss("mia")
    letters.miss("gita")
    page = letters.compose(card_key=reason_of(letters))
    assert "History of this card" in page
    sent_from_card(letters, page)
    letters.try_again("mia", correct=True)
    letters.try_again("gita", correct=False)
    followed = "2 of 2 tried again, 1 correct"
    assert followed in letters.open("tom", letters.url())
    page = letters.compose(who="tom", card_key=f"wrong:{letters.question.code}")
    row = f"{letters.people['gita'].code}:{letters.question.code}"
    handled_needs.handle(
        letters.course, row, letters.people["tom"], now=timezone.now(),
        until=timezone.now() + handled_needs.SNOOZE,
    )  # fmt: skip
    page = letters.compose(who="tom", card=hidden(page, "card")[0], start="own_words")
    for line in ("The card opened", "ines sent a message to 2 learners", followed,
                 "tom snoozed it for 10 minutes"):  # fmt: skip
        assert line in page, line


def test_what_followed_leaves_out_who_left_the_course(letters):
    letters.miss("mia")
    letters.miss("gita")
    sent_from_card(letters, letters.compose(card_key=reason_of(letters)))
    letters.try_again("mia", correct=True)
    letters.course.enrolments.filter(user=letters.people["mia"]).delete()
    assert "0 of 1 tried again, 0 correct" in letters.open("tom", letters.url())


def test_what_came_before_the_message_did_not_follow_it(letters):
    letters.miss("mia")
    sent_from_card(letters, letters.compose(card_key=reason_of(letters)))
    assert "0 of 1 tried again, 0 correct" in letters.open("ines", letters.url())
    assert Conversation.objects.get().reason == "wrong"
