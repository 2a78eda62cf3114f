"""A thread for one group is seen by its Learners and the Teachers, and nowhere by others."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from courses import learner_groups
from courses.models import Enrolment, LearnerGroup
from discussion.models import Mention, Thread, ThreadRead
from discussion.moderation import hidden_posts
from discussion.threads import read_state
from tests.fixtures import factories
from tests.site.pages.test_permission_matrix import TABLE
from tests.site.pages.test_unopened_units import ask

pytestmark = pytest.mark.django_db
WORD = "ornithorhynchus"


@pytest.fixture
def group(talk):
    return factories.make_group(talk.unit.course, talk.people["mia"])


@pytest.fixture
def thread(talk, group):
    """Mia's thread for her group, with a reply by ines."""
    thread = talk.begin(title=f"{WORD}?", text=f"Who knows an {WORD}, no quokka?", group=group)
    talk.reply(thread, who="ines", text=f"The {WORD}, @noah.")
    return thread


def addresses_of(talk, thread):
    """Yield each method and address of the discussion, with the thread and its posts."""
    posts = list(thread.posts.all())
    for (method, address), row in TABLE.items():
        if "/discussion/" not in address or row["mia"] != "in":
            continue
        for post in posts:
            url = address.replace("<uuid:code>", str(talk.unit.code))
            url = url.replace("<uuid:id>", str(thread.id)).replace("<uuid:post>", str(post.id))
            yield method, url.replace("<slug:act>", "report").replace("<str:act>", "report")


def test_no_address_of_the_discussion_shows_it_to_others(talk, thread):
    client = talk.client("noah")
    sent = {"id": str(uuid.uuid4()), "title": "Hm", "text": "Hm", "why": "Hm", "words": "quokka"}
    seen = {
        (method, url): ask(client, method, url, sent) for method, url in addresses_of(talk, thread)
    }
    assert len(seen) > 10
    assert not [key for key, (_, body, _) in seen.items() if WORD.encode() in body.lower()]
    named = {status for (_, url), (status, _, _) in seen.items() if str(thread.id) in url}
    assert named == {404}


@pytest.mark.parametrize("who", ["mia", "ines"])
def test_its_group_and_the_teachers_read_find_and_answer_it(talk, thread, who):
    assert "only Tuesday" in talk.text(who)
    assert "Only the group “Tuesday” and the teachers" in talk.text(who, thread)
    assert WORD in talk.post(who, words=WORD).content.decode()
    assert talk.post(who, thread, id=str(uuid.uuid4()), text="Yes").status_code == 302
    api = talk.client(who).get(f"/api/v1{talk.url}threads/{thread.id}/")
    assert api.json()["group"] == "Tuesday"


def test_it_counts_for_no_one_else(talk, thread):
    noah, mia = talk.people["noah"], talk.people["mia"]
    assert read_state.new_post_counts(noah, talk.unit) == {}
    assert read_state.new_post_counts(mia, talk.unit) == {thread.pk: 1}
    assert "1 new" not in talk.client("noah").get(f"/units/{talk.unit.code}/").content.decode()
    talk.post("noah", path="read/")
    assert not ThreadRead.objects.exists()


def test_a_list_polled_by_others_does_not_change_with_it(talk, thread):
    before = talk.page("noah", path="live/")["ETag"]
    talk.reply(thread, who="ines")
    assert talk.page("noah", path="live/")["ETag"] == before


def test_a_named_person_who_cannot_read_it_is_not_notified(talk, thread):
    noah = talk.people["noah"]
    assert Mention.objects.filter(person=noah, called=False).exists()
    assert read_state.mentions_of(noah) == ()
    talk.reply(thread, who="ines", text="Look, @mia.")
    assert len(read_state.mentions_of(talk.people["mia"])) == 1


def test_a_member_of_a_deleted_group_is_not_notified(talk, thread, group):
    """Not even after the group was restored, as nobody who joined it meanwhile."""
    learner_groups.delete_group(group, by=talk.people["ines"], now=timezone.now())
    talk.reply(thread, who="ines", text="Look, @mia.")
    assert not Mention.objects.filter(person=talk.people["mia"], called=True).exists()


def test_leaving_the_group_ends_access_and_notices(talk, thread, group):
    mia = talk.people["mia"]
    talk.reply(thread, who="ines", text="Look, @mia.")
    hidden_posts.hide(
        thread.posts.get(opens=True), "answer", by=talk.people["ines"], now=timezone.now()
    )
    assert len(hidden_posts.hidden_posts_of(mia)) == 1
    Enrolment.objects.filter(user=mia).update(group=None)
    assert read_state.mentions_of(mia) == ()
    assert hidden_posts.hidden_posts_of(mia) == ()
    assert talk.page("mia", thread).status_code == 404


def test_threads_of_a_deleted_group_stay_with_the_teachers(talk, thread, group):
    now = timezone.now()
    learner_groups.delete_group(group, by=talk.people["ines"], now=now)
    learner_groups.forget_deleted(now=now + 2 * learner_groups.RESTORE_WITHIN)
    assert talk.page("mia", thread).status_code == 404
    assert "only teachers" in talk.text("ines")
    page = talk.text("ines", thread)
    assert "It was for the group “Tuesday”, which was deleted." in page
    assert "only Tuesday" not in page
    api = talk.client("ines").get(f"/api/v1{talk.url}threads/{thread.id}/").json()
    assert (api["group"], api["group_deleted"]) == ("Tuesday", True)


def test_the_name_of_a_deleted_group_goes_with_its_last_thread(talk, thread, group):
    now = timezone.now()
    late = now + 2 * learner_groups.RESTORE_WITHIN
    learner_groups.delete_group(group, by=talk.people["ines"], now=now)
    learner_groups.forget_deleted(now=late)
    assert LearnerGroup.objects.exists()
    thread.delete()
    learner_groups.forget_deleted(now=late)
    assert not LearnerGroup.objects.exists()


@pytest.mark.parametrize("path", ["live/", "threads/{id}/live/"])
def test_an_open_page_learns_of_a_new_name_of_the_group(talk, thread, group, path):
    address = path.format(id=thread.id)
    before = talk.page("ines", path=address)
    assert "only Tuesday" in before.content.decode()
    learner_groups.rename_group(group, "Friday", by=talk.people["ines"])
    assert talk.page("ines", path=address)["ETag"] != before["ETag"]


def start(talk, who, group, api=""):
    sent = {"id": str(uuid.uuid4()), "title": "New", "text": "New", "group": str(group.code)}
    client = talk.client(who)
    if api:
        return client.post(f"/api/v1{talk.url}threads/", sent, "application/json")
    return talk.post(who, path="new/", **sent)


@pytest.mark.parametrize("api", ["", "api"])
@pytest.mark.parametrize(("who", "started"), [("mia", True), ("noah", False), ("ines", True)])
def test_learners_choose_their_own_group_and_teachers_any(talk, group, who, started, api):
    answer = start(talk, who, group, api)
    assert (answer.status_code == 422) is not started
    assert Thread.objects.filter(group=group).exists() is started
    assert ("Who can read it" in talk.text(who)) is started


def test_a_group_of_another_course_cannot_be_chosen(talk):
    other = factories.make_group(factories.make_course("geometry"))
    assert start(talk, "ines", other).status_code == 422
    assert not Thread.objects.exists()


def test_the_same_id_sent_again_shows_no_thread_of_a_group_that_was_left(talk, thread):
    Enrolment.objects.filter(user=talk.people["mia"]).update(group=None)
    sent = {"id": str(thread.id), "title": "Hm", "text": "Hm"}
    again = talk.client("mia").post(f"/api/v1{talk.url}threads/", sent, "application/json")
    assert again.status_code == 422
    assert WORD not in again.content.decode()
