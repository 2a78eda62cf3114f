"""Hidden, deleted and erased titles, texts, reasons and names appear nowhere.

Every page and API response that shows a discussion is checked, and every export.
"""

from __future__ import annotations

import io
import zipfile

import pytest
from django.db.models import ForeignKey
from django.utils import timezone

import data_inventory
from accounts.models import User
from data_inventory import SEALED
from discussion.models import Flag, FlagMention, Mention, Post, Thread
from discussion.moderation import post_reports
from discussion.posts import post_store
from privacy.erasure import erasure
from privacy.export import data_export
from tests.fixtures.users import rename
from tests.site.source.test_no_outbound_calls import ROOT, uses
from vault.sealed_values import Place, unseal_value

pytestmark = pytest.mark.django_db
CANARY, BODY, REASON = "quokkatitle", "quokkabody", "quokkareason"
NAME = "Quincy Quokka"
EVERYBODY = ("mia", "noah", "ines")


def texts_by_place(talk, who, thread, words=CANARY, other="why"):
    """Return every page, response and export that could contain a text for this person, by name."""
    client, api = talk.client(who), f"/api/v1/units/{talk.unit.code}/discussion/"
    slug = talk.unit.course.slug
    paths = {
        "list": talk.url,
        "mine": f"{talk.url}?show=mine",
        "unanswered": f"{talk.url}?show=unanswered",
        "live list": f"{talk.url}live/",
        "thread": f"{talk.url}threads/{thread.id}/",
        "live thread": f"{talk.url}threads/{thread.id}/live/",
        "unit": f"/units/{talk.unit.code}/",
        "home": "/",
        "course": f"/courses/{slug}/",
        "my data": "/my-data/",
        "api": api,
        "api thread": f"{api}threads/{thread.id}/",
        **{f"form of {p.id}": f"{talk.url}threads/{thread.id}/posts/{p.id}/{act}/"
           for p in thread.posts.all() for act in ("edit", "report", "hide")},
    }  # fmt: skip
    if who == "ines":
        paths |= {"reports": f"/teach/{slug}/discussion/", "board": f"/teach/{slug}/"}
    found = {road: client.get(path).content.decode() for road, path in paths.items()}
    # A results page repeats the search words, so the thread is found by another word of its
    # title; the thread's URL shows whether the canary finds it.
    searched = client.post(talk.url, {"words": other}).content.decode()
    hit = f"/threads/{thread.id}/" in client.post(talk.url, {"words": words}).content.decode()
    return {
        **found,
        "search": searched,
        "found by it": words if hit else "",
        "copy": copy_of(talk.people[who]),
    }


def copy_of(person):
    """Return the person's own export as one text."""
    packed = b"".join(data_export.stream(person, now=timezone.now()))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def places_with(talk, who, thread, needles=(CANARY, BODY, REASON)):
    found = texts_by_place(talk, who, thread)
    return sorted(road for road, text in found.items() if any(word in text for word in needles))


def places_by_reader(talk, thread, but=()):
    """Return by person the places where the canary can be read."""
    return {who: places_with(talk, who, thread) for who in EVERYBODY if who not in but}


@pytest.fixture
def thread(talk):
    made = talk.begin("mia", title=f"{CANARY} why", text=f"{BODY} @Noah")
    talk.reply(made, "noah", "A reply that stays, @Mia.")
    opening = made.posts.get(opens=True)
    post_reports.report(opening, talk.people["ines"], why=f"{REASON} there", now=timezone.now())
    return made


def test_a_title_is_readable_while_its_post_is(talk, thread):
    everywhere = {"list", "search", "found by it", "thread", "api", "api thread"}
    assert everywhere <= set(places_with(talk, "noah", thread))
    assert "reports" in places_with(talk, "ines", thread)
    assert "copy" in places_with(talk, "mia", thread)
    assert {"copy", "reports"} <= set(places_with(talk, "ines", thread, needles=[REASON]))


def test_the_title_of_a_hidden_post_is_for_teachers_and_its_author(talk, thread):
    Post.objects.filter(opens=True).update(hidden_at=timezone.now(), hidden_why="private")

    assert places_with(talk, "noah", thread) == []
    assert {"list", "copy"} <= set(places_with(talk, "mia", thread))
    assert {"list", "reports"} <= set(places_with(talk, "ines", thread))


def test_the_title_of_a_deleted_post_is_hidden_from_everyone(talk, thread):
    post_store.delete(thread.posts.get(opens=True), now=timezone.now())

    # It can be restored for ten minutes, so its author's export holds it; the reporter's export
    # holds the reason they wrote.
    assert places_by_reader(talk, thread) == {"mia": ["copy"], "noah": [], "ines": ["copy"]}
    assert places_with(talk, "ines", thread, needles=[CANARY, BODY]) == []


def test_the_title_of_an_account_being_erased_is_hidden_from_everyone(talk, thread):
    User.objects.filter(pk=talk.people["mia"].pk).update(is_active=False)

    assert places_by_reader(talk, thread, but=["mia"]) == {"noah": [], "ines": ["copy"]}


def test_an_erased_author_leaves_no_title_behind(talk, thread):
    erasure.erase(talk.people["mia"].code, actor=None, cause="request", now=timezone.now())

    assert places_by_reader(talk, thread, but=["mia"]) == {"noah": [], "ines": []}
    assert Thread.objects.get().title_sealed is None
    assert not Flag.objects.exists()


# --- names of erased people in texts of others ---


@pytest.fixture
def named(talk):
    """Give noah a name of two words, used in a title, a text, a reply and a reason of others."""
    rename(talk.people["noah"], NAME)
    made = talk.begin("mia", title=f"What {NAME} said", text=f"@{NAME}, was it {NAME}'s idea?")
    talk.reply(made, "ines", f"Ask {NAME}, or @{NAME.upper()}.")
    why = f"It is about {NAME}; @{NAME} knows"
    post_reports.report(
        made.posts.get(opens=True), talk.people["ines"], why=why, now=timezone.now()
    )
    return made


def plain_texts():
    """Yield every sealed value of a discussion that a key still opens, with its column."""
    for holding in data_inventory.all():
        if holding.category != "discussion":
            continue
        owner = holding.model._meta.get_field(holding.subject)
        assert isinstance(owner, ForeignKey)
        for column in [name for name, kind in holding.columns.items() if kind is SEALED]:
            for row in holding.model._base_manager.exclude(**{column: None}):
                table = holding.model._meta.db_table
                place = Place(table, column, str(row.pk), getattr(row, holding.subject).code)
                yield f"{table}.{column}", str(unseal_value(getattr(row, column), place=place))


def test_a_name_is_shown_as_typed_while_its_person_exists(talk, named):
    page = talk.text("mia", named).replace('<span class="at">', "").replace("</span>", "")
    assert f"What {NAME} said" in page
    assert f"@{NAME}, was it {NAME}&#x27;s idea?" in page or f"@{NAME}, was it {NAME}'s" in page
    assert f"It is about {NAME}; @{NAME} knows" in texts_by_place(talk, "ines", named)["reports"]
    found = texts_by_place(talk, "mia", named, words=NAME, other="said")
    assert NAME in found["search"]
    assert found["found by it"] == NAME
    assert FlagMention.objects.count() == 1
    assert set(Mention.objects.values_list("called", flat=True)) == {True}


def test_a_name_without_an_at_sign_notifies_no_one(talk):
    rename(talk.people["noah"], NAME)
    talk.begin("mia", title=f"What {NAME} said", text="Why?")
    assert "mentioned you in" not in talk.client("noah").get("/").content.decode()


def test_no_column_holds_a_member_s_name(named):
    texts = dict(plain_texts())
    assert set(texts) == {
        "discussion_thread.title_sealed", "discussion_post.sealed", "discussion_flag.sealed",
    }  # fmt: skip
    assert not [place for place, text in plain_texts() if "quokka" in text.casefold()]


def test_the_name_of_an_erased_person_is_shown_to_no_reader(talk, named):
    erasure.erase(talk.people["noah"].code, actor=None, cause="request", now=timezone.now())

    for who in ("mia", "ines"):
        found = texts_by_place(talk, who, named, words=NAME, other="said")
        assert "a former member" in found["search"], who
        assert [road for road, text in found.items() if "quokka" in text.casefold()] == [], who
    assert "a former member" in texts_by_place(talk, "ines", named)["reports"]
    assert not [place for place, text in plain_texts() if "quokka" in text.casefold()]
    assert (Mention.objects.count(), FlagMention.objects.count()) == (0, 0)


def test_no_push_carries_a_discussion():
    """A discussion module that starts to push must be added to the places above."""
    files = list((ROOT / "platform" / "discussion").rglob("*.py"))
    assert files
    assert not [path for path in files if uses(path.read_text(), {"push"})]
