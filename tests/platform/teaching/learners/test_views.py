"""The page of one Learner: course data always, estimates only while shared, each view recorded."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session
from audit.models import Leaf
from audit.queries import leaves_about, read_public
from consent.permits import gate
from estimates import disputes, share_access
from estimates.models import AffectEstimate, Share
from tests.fixtures import factories
from tests.fixtures.users import make
from tests.platform.teaching.conftest import BOTH, TEN, answer, sit
from vault import sealed_values

pytestmark = pytest.mark.django_db
LEARNERS = "/teach/algebra/learners/"
ALL = (*BOTH, "activity:adapt", "activity:teach")


@pytest.fixture(autouse=True)
def at_ten(monkeypatch, settings):
    """Set the clock of the pages to 10:15, under a profile that allows Shares."""
    settings.LEGAL_PROFILE = "demo"
    monkeypatch.setattr(timezone, "now", lambda: TEN + timedelta(minutes=15))


@pytest.fixture
def estimates_of_mia(mia, video, allow, feel):
    """mia's Estimates: confused, bored (which she corrects), and once not sure."""
    allow(mia, *ALL)
    sitting = sit(mia, video, TEN)
    for cut in (2, 3, 4):
        feel(sitting, cut, CONFUSION=0.6)
    wrong = feel(sitting, 5, BOREDOM=0.7)
    feel(sitting, 6, streams=("pointer", "activity"))
    disputes.dispute(wrong.id, "HAPPINESS", gate.permit(mia.code, "course", now=TEN), now=TEN)
    return sitting


@pytest.fixture
def shared(estimates_of_mia, course, mia, ines):
    share_access.ask(course, mia, ines, now=TEN)
    return share_access.give(Share.objects.get().id, mia, days=7, now=TEN + timedelta(minutes=1))


@pytest.fixture
def read_page(client_for, ines, mia):
    """Return a function that gives the page of a Learner as one line of text."""

    def text(person=ines, of=mia):
        response = client_for(person).get(f"{LEARNERS}{of.code}/")
        assert response.status_code == 200
        body = response.content.decode().split("<main", 1)[1].split("</main>")[0]
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))

    return text


@pytest.fixture
def unsealed(monkeypatch):
    """Record which Estimates are unsealed from now on."""
    found, unseal = [], sealed_values.unseal

    def seen(stored, *, place):
        if place.table == AffectEstimate._meta.db_table:
            found.append(place.row)
        return unseal(stored, place=place)

    monkeypatch.setattr(sealed_values, "unseal", seen)
    return found


def test_without_a_share_it_says_not_shared_and_opens_nothing(
    estimates_of_mia, read_page, unsealed
):
    text = read_page()

    assert "Not shared." in text
    assert "Request access" in text
    assert "confusion" not in text
    assert unsealed == []


def test_what_was_done_in_the_course_is_there_without_a_share(course, mia, question, read_page):
    answer(mia, question, TEN, right=True)
    answer(mia, question, TEN)

    assert "0 of 1" in read_page()
    assert "2 1 correct" in read_page()


def test_a_share_shows_ranges_what_they_were_made_from_and_corrections_as_corrected(
    shared, read_page, unsealed
):
    text = read_page()

    assert "Shared with you until Friday 27 November, 10:01 UTC" in text
    assert "A pattern that often goes with confusion, 50–70% likely." in text
    assert "3 estimates until 10:00, made from pointer." in text
    assert "Corrected by mia: happy" in text
    assert "boredom" not in text
    assert "Not sure. 1 estimate not made, from activity and pointer." in text
    corrected = AffectEstimate.objects.get(status="disputed")
    assert len(unsealed) == 4
    assert str(corrected.id) not in unsealed


def test_a_correction_after_sharing_counts_at_the_next_view(shared, read_page, mia):
    permit = gate.permit(mia.code, "course", now=TEN)
    for row in AffectEstimate.objects.filter(status="live"):
        disputes.dispute(row.id, "NONE", permit, now=TEN)
    text = read_page()
    assert "confusion" not in text
    assert "Corrected by mia: none of these" in text


def test_guesses_of_another_course_too_late_ones_and_old_ones_are_not_in_it(
    shared, read_page, mia, feel
):
    other = sit(mia, factories.make_video_unit(), TEN)
    feel(other, 2, FRUSTRATION=0.8)
    late = feel(sit(mia, factories.make_video_unit(shared.course), TEN), 2, DISTRACTION=0.8)
    AffectEstimate.objects.filter(pk=late.pk).update(status="late")
    old = feel(sit(mia, factories.make_video_unit(shared.course), TEN), 3, INTEREST=0.8)
    AffectEstimate.objects.filter(pk=old.pk).update(made_at=TEN - timedelta(days=7))
    text = read_page()
    for word in ("frustration", "distraction", "interest"):
        assert word not in text


def test_what_was_made_from_a_stream_that_is_not_shared_is_not_opened(
    shared, read_page, mia, allow, feel, video, unsealed
):
    allow(mia, "face:adapt", "face:teach")
    seen = feel(sit(mia, video, TEN), 9, streams=("pointer", "face"), FRUSTRATION=0.8)
    assert "frustration" not in read_page()
    assert str(seen.id) not in unsealed
    disputes.dispute(seen.id, "INTEREST", gate.permit(mia.code, "course", now=TEN), now=TEN)
    assert "interested" not in read_page(), "nor what was said in its place"


def test_once_it_is_over_nothing_is_opened(shared, read_page, mia, unsealed):
    share_access.close(shared.id, mia, now=TEN + timedelta(minutes=2))
    assert "Not shared." in read_page()
    assert unsealed == []


def test_each_look_is_one_leaf_and_one_line_of_the_learners_page(
    shared, read_page, mia, ines, client_for
):
    read_page()
    read_page()
    share_access.close(shared.id, mia, now=TEN + timedelta(minutes=2))
    read_page()

    views = leaves_about(mia.code).filter(verb="teacher.view")
    assert sorted(read_public(leaf)["what"] for leaf in views) == [
        "course",
        "estimates",
        "estimates",
    ]
    page = client_for(mia).get("/my-data/looked/").content.decode()
    assert page.count("</span> opened the estimates you share") == 2
    assert page.count("</span> opened your page in the course, without estimates") == 1
    assert "ines" not in page.split("<main", 1)[1]


def test_a_view_without_its_leaf_fails(shared, client_for, ines, mia, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError("the audit cannot write")

    client = client_for(ines)
    client.raise_request_exception = False
    monkeypatch.setattr("audit.record", fails)
    response = client.get(f"{LEARNERS}{mia.code}/")
    assert response.status_code == 500
    assert b"confusion" not in response.content


def test_it_requires_a_recent_login(shared, client_for, ines, mia):
    client, page = client_for(ines), f"{LEARNERS}{mia.code}/"
    long_ago = timezone.now() - timedelta(minutes=16)
    Session.objects.filter(user=ines).update(
        began_at=long_ago, factor_at=long_ago, confirmed_at=long_ago
    )
    assert client.get(page)["Location"].startswith("/accounts/confirm/")
    assert client.post(f"{page}ask/").status_code == 403
    assert client.get(LEARNERS).status_code == 200
    assert not leaves_about(mia.code).filter(verb="teacher.view").exists()


def test_asking_is_one_press_and_then_the_page_says_when(course, read_page, client_for, ines, mia):
    client_for(ines).post(f"{LEARNERS}{mia.code}/ask/")

    assert "You asked on 20 November, 10:15 UTC. You can ask again from 27 November." in read_page()
    assert "Request access" not in read_page()


def test_a_declined_request_looks_like_an_unanswered_one(
    course, read_page, client_for, ines, mia, noah
):
    for person in (mia, noah):
        client_for(ines).post(f"{LEARNERS}{person.code}/ask/")
    silent = read_page(of=mia).replace("mia", "…")
    client_for(noah).post(f"/my-data/shares/{Share.objects.get(learner=noah).id}/close/")
    assert read_page(of=noah).replace("noah", "…") == silent


@pytest.mark.parametrize("profile", ["eu_education", "uk_child", "research_study", None])
def test_where_the_law_knows_no_shares_the_page_says_so(
    shared, read_page, unsealed, settings, client_for, ines, mia, profile
):
    settings.LEGAL_PROFILE = profile
    text = read_page()
    assert share_access.NEVER_SHARED in text
    assert "Request access" not in text
    Share.objects.all().delete()
    assert client_for(ines).post(f"{LEARNERS}{mia.code}/ask/").status_code == 302
    assert not Share.objects.exists()
    assert unsealed == []


def test_the_list_names_all_learners_and_opens_no_individual_view(
    course, client_for, ines, mia, noah
):
    client = client_for(ines)
    before = Leaf.objects.count()
    page = client.get(LEARNERS).content.decode()
    for person in (mia, noah):
        assert f"{LEARNERS}{person.code}/" in page
    assert Leaf.objects.count() == before
    assert not leaves_about(mia.code).filter(verb="teacher.view").exists()


def test_a_teacher_who_also_learns_cannot_ask_themselves(course, client_for, ines):
    factories.make_enrolment(ines, course)
    assert client_for(ines).post(f"{LEARNERS}{ines.code}/ask/").status_code == 302
    assert not Share.objects.exists()


def test_a_learner_of_another_course_is_404(course, client_for, ines, mia, mallory):
    stranger = make("stranger")
    factories.make_enrolment(stranger, factories.make_course("geometry"))
    client = client_for(ines)
    for person in (mallory, stranger, ines):
        assert client.get(f"{LEARNERS}{person.code}/").status_code == 404
        assert client.post(f"{LEARNERS}{person.code}/ask/").status_code == 404
    Share.objects.all().delete()
