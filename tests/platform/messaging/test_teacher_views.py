"""A Teacher writes to Learners from the course's pages; each gets a thread of their own."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from consent.models import ConsentEvent
from discussion.posts.post_store import Unsendable
from messaging import message_text, sending
from messaging.models import Conversation, ConversationReply, TeacherMessage
from messaging.sending import MOST_AN_HOUR
from tests.fixtures import factories
from tests.fixtures.messages import answer, write_message

pytestmark = pytest.mark.django_db


def test_a_message_reaches_each_learner_alone(letters):
    assert letters.send("mia", "gita").status_code == 302
    assert TeacherMessage.objects.count() == 1
    assert Conversation.objects.count() == 2
    for name in ("mia", "gita"):
        text = letters.open(name, f"/messages/{letters.thread(name).id}/")
        assert f"Hello {name}, look again." in text
    assert "gita" not in letters.open("mia", f"/messages/{letters.thread('mia').id}/")
    assert not Conversation.objects.filter(learner=letters.people["noah"]).exists()


def test_the_form_sent_twice_sends_once(letters):
    id = uuid4()
    for _ in range(2):
        assert letters.send("mia", id=id).status_code == 302
    assert letters.messages == 1
    assert letters.send("mia", id=id, who="tom").status_code == 422


@pytest.mark.parametrize(
    ("to", "changed"),
    [
        ("mia", {"text": "Other words."}), ("noah", {}), ("mia", {"start": "refresher"}),
        ("mia", {"link": "https://example.org/hours"}), ("mia", {"question": "its question"}),
    ],
)  # fmt: skip
def test_another_message_from_a_sent_form_is_not_lost(letters, to, changed):
    id = uuid4()
    letters.send("mia", text="Look again.", id=id)
    if "question" in changed:
        changed = {"question": letters.question.code}
    changed = {"text": "Look again.", **changed}
    response = letters.send(to, id=id, **changed)
    assert response.status_code == 422
    page = response.content.decode()
    assert "Send again to add this one." in page
    (fresh,) = re.findall(r'name="id" value="([^"]+)"', page)
    assert letters.send(to, id=fresh, **changed).status_code == 302
    assert letters.messages == 2


@pytest.mark.parametrize("who", ["mia", "tom"])
def test_another_reply_from_a_sent_form_is_not_lost(letters, who):
    letters.write("mia")
    thread = f"{letters.thread('mia').id}/"
    path = f"/messages/{thread}" if who == "mia" else letters.url(thread)
    sent = {"id": str(uuid4()), "text": "I will."}
    for _ in range(2):
        assert letters.client(who).post(path, sent).status_code == 302
    refused = letters.client(who).post(path, {**sent, "text": "I cannot."})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "I cannot." in page
    (fresh,) = re.findall(r'name="id" value="([^"]+)"', page)
    again = letters.client(who).post(path, {"id": fresh, "text": "I cannot."})
    assert again.status_code == 302
    assert ConversationReply.objects.count() == 2


@pytest.mark.parametrize(
    ("start", "field"), [("look_again", "video"), ("refresher", "skill"), ("office_hours", "link")]
)
def test_a_text_that_refers_to_an_attachment_is_sent_with_it_alone(letters, start, field):
    mia = letters.people["mia"].code
    page = letters.compose(person=mia, start="own_words", act=f"start:{start}")
    text = re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", page, re.S)[1]
    refused = letters.send("mia", start=start, text=text)
    assert refused.status_code == 422
    assert "The text refers to a" in refused.content.decode()
    value = {
        "video": {"video": letters.video.code, "begin": "0:10", "end": "0:20"},
        "skill": {"skill": letters.question.skills.get().slug},
        "link": {"link": "https://example.org/hours"},
    }[field]
    assert letters.send("mia", start=start, text=text, **value).status_code == 302
    assert letters.send("mia", start=start, text="My own words.").status_code == 302


def test_an_email_is_announced_where_one_is_sent_only(letters, settings):
    mia = letters.people["mia"]
    settings.EMAIL_HOST = ""
    page = letters.compose(person=mia.code)
    assert "No email is sent." in page
    assert ">no email<" in page
    settings.EMAIL_HOST = "127.0.0.1"
    page = letters.compose(person=mia.code)
    assert "The email says only" in page
    assert ">no email<" not in page
    User.objects.filter(pk=mia.pk).update(simulated=True)
    assert "No email is sent." in letters.compose(person=mia.code)


def test_a_text_is_needed_and_the_input_stays(letters):
    response = letters.send("mia", text=" ", link="https://example.org/hours")
    assert response.status_code == 422
    page = response.content.decode()
    assert "Write something first." in page
    assert "https://example.org/hours" in page
    assert letters.messages == 0


@pytest.mark.parametrize(
    "link", ["http://example.org", "javascript:alert(1)", "example.org", "https://[", "https://a b"]
)
def test_a_link_to_office_hours_is_https(letters, link):
    assert letters.send("mia", link=link).status_code == 422
    assert letters.messages == 0


@pytest.mark.parametrize(("begin", "end"), [("0:20", "0:10"), ("", "0:10"), ("0:10", "9:00")])
def test_a_part_lies_within_its_video(letters, begin, end):
    sent = {"video": letters.video.code, "begin": begin, "end": end}
    assert letters.send("mia", **sent).status_code == 422
    assert letters.send("mia", **{**sent, "begin": "0:10", "end": "0:20"}).status_code == 302
    page = letters.open("mia", f"/messages/{letters.thread('mia').id}/")
    assert f'href="/units/{letters.video.code}/?t=10.0#player"' in page
    assert "Watch 0:10–0:20" in page


def test_a_question_and_a_refresher_are_links(letters):
    skill = letters.question.skills.get()
    letters.send("mia", question=letters.question.code, skill=skill.slug)
    page = letters.open("mia", f"/messages/{letters.thread('mia').id}/")
    assert f'href="/units/{letters.quiz.code}/?question={letters.question.code}"' in page
    assert f"Start the refresher: {skill.name}" in page


def test_only_learners_of_the_course_get_it(letters):
    assert letters.send("mallory", "tom").status_code == 422
    letters.course.enrolments.filter(user=letters.people["mia"]).delete()
    assert letters.send("mia").status_code == 422
    assert letters.send("mia", "noah").status_code == 302
    assert Conversation.objects.get().learner == letters.people["noah"]


def test_who_switched_messages_off_is_left_out_and_named(letters):
    letters.client("mia").post("/messages/choice/", {"teacher_messages": "off"})
    letters.client("noah").post("/messages/choice/", {"teacher_messages": "here"})
    codes = [letters.people[name].code for name in ("mia", "noah", "gita")]
    page = letters.compose(person=codes)
    assert "Message 2 learners" in page
    assert "1 learner is left out, because they switched off messages from teachers: mia" in page
    assert "Without an email, by their own choice: noah" in page
    letters.send("mia", "noah", "gita")
    got = Conversation.objects.values_list("learner", flat=True)
    assert set(got) == {letters.people["noah"].pk, letters.people["gita"].pk}
    assert letters.send("mia").status_code == 422


def test_a_group_and_the_class_are_named_by_count(letters):
    group = letters.put_in_group("mia", "gita")
    page = letters.compose(audience="group", group=group.code)
    assert "Tuesday, 2 learners" in page
    letters.send(audience="group", group=group.code)
    assert Conversation.objects.count() == 2
    page = letters.compose(act="to:class")
    assert "The whole class, 3 learners" in page
    letters.send(audience="class")
    assert Conversation.objects.count() == 5


def test_ticked_learners_are_shown_before_they_are_sent_to(letters):
    response = letters.send("mia", add=letters.people["noah"].code)
    assert response.status_code == 422
    assert "Check the recipients" in response.content.decode()
    assert letters.messages == 0


def test_a_start_fills_the_text_and_keeps_what_was_typed(letters):
    mia = letters.people["mia"].code
    page = letters.compose(person=mia, start="own_words", act="start:office_hours")
    assert "Choose a time with the link below" in page
    text = re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", page, re.S)[1]
    page = letters.compose(person=mia, start="office_hours", text=text, act="start:refresher")
    assert "Choose a time" not in page
    page = letters.compose(person=mia, start="refresher", text="My words", act="start:look_again")
    assert "My words\n\nHello {name}," in page


def test_the_preview_is_of_one_recipient_after_the_other(letters):
    codes = [letters.people[name].code for name in ("mia", "gita")]
    sent = {"person": codes, "start": "own_words", "text": "**Well** done, {name}"}
    first, second = (letters.compose(**sent, act=f"at:{n}") for n in (0, 1))
    assert "<strong>Well</strong> done, mia" in first
    assert "<strong>Well</strong> done, gita" in second
    assert "2 of 2" in second


def test_a_typed_placeholder_of_ours_stays_text(letters):
    page = letters.compose(person=letters.people["mia"].code, start="own_words", text="⟦1⟧")
    assert "a former member" not in page


def test_a_template_holds_no_name_and_is_ones_own(letters):
    mia = letters.people["mia"].code
    sent = {"person": mia, "start": "own_words", "text": "Well done, mia!", "title": "For mia"}
    page = letters.compose(**sent, act="save")
    assert "For {name}" in page
    assert "For {name}" not in letters.compose(person=mia, who="tom")
    id = re.search(r'value="saved:([^"]+)"', page)[1]
    assert "Well done, {name}!" in letters.compose(person=mia, act=f"saved:{id}")
    assert "For {name}" not in letters.compose(person=mia, act=f"delete:{id}")


def test_the_page_offers_no_estimate(letters):
    page = letters.compose(person=letters.people["mia"].code)
    assert "No estimates can be put into a message." in page
    placeholders = set(re.findall(r"\{\w+\}", page))
    assert placeholders == {"{name}"}
    assert not ConsentEvent.objects.exists()


def test_no_learner_is_named_in_an_address(letters):
    mia = str(letters.people["mia"].code)
    letters.miss("mia")
    page = letters.open("ines", f"/teach/{letters.course.slug}/")
    assert not re.findall(rf'(?:href|action)="[^"]*messages[^"]*{mia}', page)
    assert letters.send("mia")["Location"] == letters.url()
    page = letters.open("ines", letters.url())
    assert mia not in page


def test_sending_is_undone_for_those_who_have_not_opened_it(letters):
    letters.send("mia", "noah")
    letters.open("mia", f"/messages/{letters.thread('mia').id}/")
    row = TeacherMessage.objects.get()
    page = letters.client("ines").post(letters.url(), {"undo": row.id}).content.decode()
    assert "Sending was undone for 1 learner." in page
    assert "It stays for 1 learner, because it was opened or answered." in page
    assert Conversation.objects.get().learner == letters.people["mia"]


def test_undoing_loses_no_reply_of_a_co_teacher(letters):
    row = letters.write("mia", "noah")
    answer(letters.thread("mia"), letters.people["tom"], "I can help, too.", by_learner=False)
    undone = sending.undo(letters.course, letters.people["ines"], row.id, now=timezone.now())
    assert (undone.removed, undone.kept) == (1, 1)
    assert ConversationReply.objects.get().conversation.learner == letters.people["mia"]


def test_a_thread_that_was_undone_takes_no_reply(letters):
    row = letters.write("mia")
    thread = letters.thread("mia")
    sending.undo(letters.course, letters.people["ines"], row.id, now=timezone.now())
    with pytest.raises(Unsendable, match="no longer exists"):
        answer(thread, letters.people["mia"])


def test_who_was_locked_or_said_no_since_the_form_was_read_is_left_out(letters):
    mia, noah, gita = (letters.people[name] for name in ("mia", "noah", "gita"))
    User.objects.filter(pk=mia.pk).update(is_active=False)
    User.objects.filter(pk=noah.pk).update(teacher_messages="off")
    write_message(letters.course, letters.people["ines"], [mia, noah, gita])
    assert Conversation.objects.get().learner == gita
    with pytest.raises(Unsendable, match="at least one learner"):
        write_message(letters.course, letters.people["ines"], [mia])
    assert letters.messages == 1


def test_undo_is_for_the_author_and_for_ten_minutes(letters):
    letters.send("mia")
    row = TeacherMessage.objects.get()
    assert f'value="{row.id}"' in letters.open("ines", letters.url())
    assert f'value="{row.id}"' not in letters.open("tom", letters.url())
    assert letters.client("tom").post(letters.url(), {"undo": row.id}).status_code == 409
    late = timezone.now() + sending.UNDO_WITHIN
    with pytest.raises(Unsendable, match="ten minutes are over"):
        sending.undo(letters.course, letters.people["ines"], row.id, now=late)
    letters.client("ines").post(letters.url(), {"undo": row.id})
    assert letters.messages == 0


def test_answers_are_for_all_teachers_and_read_by_any(letters):
    letters.write("mia")
    letters.write("noah")
    letters.reply("mia", "Which **sign**?")
    for teacher in ("ines", "tom"):
        page = letters.open(teacher, letters.url())
        assert page.count("new answer") == 1
        assert page.index("mia") < page.index("noah")
    assert "1 new answer to a message." in letters.open("tom", f"/teach/{letters.course.slug}/")
    path = letters.url(f"{letters.thread('mia').id}/")
    assert "<strong>sign</strong>" in letters.open("tom", path)
    assert "new answer" not in letters.open("ines", letters.url())
    assert "new answer" not in letters.open("ines", f"/teach/{letters.course.slug}/")
    response = letters.client("tom").post(path, {"id": uuid4(), "text": "The minus."})
    assert response.status_code == 302
    assert "The minus." in letters.open("mia", f"/messages/{letters.thread('mia').id}/")


def test_no_reply_to_who_switched_messages_off(letters):
    letters.write("mia")
    letters.client("mia").post("/messages/choice/", {"teacher_messages": "off"})
    path = letters.url(f"{letters.thread('mia').id}/")
    assert "has switched off messages from teachers" in letters.open("ines", path)
    sent = letters.client("ines").post(path, {"id": uuid4(), "text": "And now?"})
    assert sent.status_code == 422
    assert not ConversationReply.objects.exists()


def test_a_course_shows_its_own_threads_only(letters):
    letters.write("mia", text="mia, about your absence")
    assert "about your absence" in letters.open("ines", letters.url())
    letters.course.enrolments.filter(user=letters.people["mia"]).delete()
    path = letters.url(f"{letters.thread('mia').id}/")
    assert letters.client("ines").get(path).status_code == 404
    page = letters.open("ines", letters.url())
    assert "mia" not in page
    assert "about your absence" not in page


def test_threads_stay_within_their_course_and_with_its_teachers(letters):
    """Mia learns in another course of ines, too."""
    letters.write("mia", text="Only in algebra.")
    thread = f"{letters.thread('mia').id}/"
    other = factories.make_course("geometry")
    for name, role in (("mia", "learner"), ("ines", "teacher")):
        factories.make_enrolment(letters.people[name], other, role=role)
    assert "Only in algebra." not in letters.open("ines", "/teach/geometry/messages/")
    path = f"/teach/geometry/messages/{thread}"
    assert letters.client("ines").get(path).status_code == 404
    assert letters.client("ines").post(path, {"id": uuid4(), "text": "x"}).status_code == 404
    letters.course.enrolments.filter(user=letters.people["tom"]).delete()
    for tail in ("", "new/", thread):
        assert letters.client("tom").get(letters.url(tail)).status_code in (403, 404)
    assert "Only in algebra." in letters.open("ines", letters.url(thread))
    assert not ConversationReply.objects.exists()


def test_a_teacher_sends_only_so_many_an_hour(letters):
    people, now = [letters.people["mia"]], timezone.now()
    for _ in range(MOST_AN_HOUR):
        write_message(letters.course, letters.people["ines"], people, now=now)
    assert letters.send("noah").status_code == 422
    assert letters.send("noah", who="tom").status_code == 302
    later = now + timedelta(hours=1)
    write_message(letters.course, letters.people["ines"], people, now=later)


def test_text_is_sealed_and_names_are_numbers(letters):
    row = letters.write("mia", text="Well done, mia and noah")
    reply = letters.reply("mia", "noah helped me").replies.get()
    for sealed in (row.sealed, reply.sealed):
        assert not any(word in bytes(sealed) for word in (b"mia", b"noah", b"done", b"helped"))
    assert message_text.read_message(row)[0] == "Well done, ⟦1⟧ and ⟦2⟧"
    assert message_text.read_reply(reply) == "⟦1⟧ helped me"
