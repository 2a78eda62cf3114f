"""States and results of a study: who counts, who reads them, and that no one stands out."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.people import name_of
from courses.models import Course
from estimates.group_figures import disclosure, weekly_cells
from estimates.group_figures.noise import NO_NOISE
from estimates.group_figures.withdrawal import withdraw_gone
from estimates.models import Cell, Member, Publication
from estimates.models.group_figures import RESEARCH, TEACH
from privacy.erasure import erasure
from research.models import Snapshot, Study
from research.results import study_results
from research.studies import study_setup
from tests.fixtures import factories
from tests.platform.teaching.state_results.conftest import (
    CONFUSED,
    INTERESTED,
    MONDAY,
    answer_in_two_states,
)

pytestmark = pytest.mark.django_db
RESEARCH_ONLY = ("pointer:adapt", "pointer:research")
TEACH_ONLY = ("pointer:adapt", "pointer:teach")


@pytest.fixture(autouse=True)
def figures_without_noise(monkeypatch, settings):
    settings.LEGAL_PROFILE = "demo"
    monkeypatch.setattr("estimates.group_figures.publications.sticky_noise", lambda *_: NO_NOISE)


def take_snapshot(study, course):
    return Snapshot.objects.create(
        study=study,
        course=course,
        streams=["pointer"],
        since=MONDAY - timedelta(days=7),
        until=MONDAY,
        asked_at=MONDAY,
        frozen_at=MONDAY,
        state="frozen",
        digest="0" * 64,
    )


@pytest.fixture
def snapshot(study, course):
    return take_snapshot(study, course)


@pytest.fixture
def volunteers(people, question, try_question):
    """Twelve people who allow research: of six confused ones two are right, the others all."""
    return answer_in_two_states(people(12, scopes=RESEARCH_ONLY), question, try_question)


@pytest.fixture
def reader(client_for, ravi):
    return client_for(ravi)


def address_of(study):
    return f"/research/studies/{study.id}/states/"


def page_text(reader, study, **query):
    response = reader.get(address_of(study), query)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def csv_lines(reader, study):
    response = reader.get(address_of(study), {"as": "csv"})
    return list(csv.DictReader(io.StringIO(response.content.decode().lstrip("\ufeff"))))


def test_a_course_of_an_active_study_is_published_for_researchers(snapshot, volunteers, course):
    assert study_results.publish_due(MONDAY) == 1

    cell = Cell.objects.get(publication__audience=RESEARCH)
    assert (cell.skill, cell.n, cell.members.count()) == (course.skills.get(), 10, 12)
    assert dict(zip(cell.labels, cell.right, strict=True)) == {"CONFUSION": 17, "INTEREST": 50}
    assert {tuple(each.scopes) for each in Member.objects.all()} == {("pointer:research",)}
    assert study_results.publish_due(MONDAY) == 0


@pytest.mark.parametrize("lacking", ["snapshot", "approval", "time"])
def test_a_course_of_no_active_study_is_not_counted(study, course, volunteers, lacking):
    if lacking != "snapshot":
        take_snapshot(study, course)
    if lacking == "approval":
        Study.objects.update(answer="", answered_at=None)
    if lacking == "time":
        Study.objects.update(
            made_at=MONDAY - timedelta(days=9), ends_at=MONDAY - timedelta(minutes=1)
        )

    assert study_results.publish_due(MONDAY) == 0
    assert not Publication.objects.exists()


def test_who_allows_the_class_summary_alone_is_not_counted(
    snapshot, volunteers, people, question, try_question
):
    try_question(people(3, scopes=TEACH_ONLY), question, right=False, **CONFUSED)

    study_results.publish_due(MONDAY)

    assert set(Member.objects.values_list("learner", flat=True)) == {p.pk for p in volunteers}
    assert Cell.objects.get().right_all == 67


def test_teachers_see_no_one_who_allows_research_alone(snapshot, volunteers, client_for, ines):
    study_results.publish_due(MONDAY)
    weekly_cells.publish_due(Course.objects.all(), TEACH, MONDAY)
    cell = Cell.objects.get(n__isnull=False)

    assert cell.publication.audience == RESEARCH
    assert disclosure.read_cells([cell], RESEARCH)[cell.pk].picture
    assert disclosure.read_cells([cell], TEACH)[cell.pk].picture is None
    page = client_for(ines).get("/teach/algebra/states/", {"week": "20261116"}).content.decode()
    assert "Nothing to show for this week" in page


def test_researchers_see_no_one_who_allows_the_class_summary_alone(
    snapshot, people, question, try_question, reader, study
):
    answer_in_two_states(people(12, scopes=TEACH_ONLY), question, try_question)
    weekly_cells.publish_due(Course.objects.all(), TEACH, MONDAY)
    study_results.publish_due(MONDAY)

    assert Cell.objects.get(n__isnull=False).publication.audience == TEACH
    assert "Nothing to show for this week" in page_text(reader, study)


def test_the_two_audiences_never_share_noise(snapshot, volunteers, monkeypatch):
    names = []

    def draw(_secret, name, _people):
        names.append(name)
        return NO_NOISE

    monkeypatch.setattr("estimates.group_figures.publications.sticky_noise", draw)
    for person in volunteers:
        person.grants.filter(scope="pointer:research").update(scope="pointer:teach")
    weekly_cells.publish_due(Course.objects.all(), TEACH, MONDAY)
    for person in volunteers:
        person.grants.filter(scope="pointer:teach").update(scope="pointer:research")
    study_results.publish_due(MONDAY)

    assert len(names) == len(set(names)) == 2


def test_the_page_has_each_state_with_intervals_and_no_one_s_name(
    snapshot, people, question, try_question, reader, study
):
    group = people(12, simulated=True, scopes=RESEARCH_ONLY)
    answer_in_two_states(group, question, try_question)
    study_results.publish_due(MONDAY)

    text = page_text(reader, study)

    assert text.count("16 November to 22 November") == 1  # one week: nothing to choose
    assert "n = 12 people." in text
    assert "than otherwise. 30–70 15–60 75–100 −85 to −30" in text
    assert "Fewer correct answers with confusion than otherwise." in text
    assert "Estimates, not checked on people." in text
    assert "does not mean that one causes the other" in text
    assert not any(name_of(person) in text for person in group)


def test_four_people_make_no_figure(snapshot, people, question, try_question, reader, study):
    try_question(people(4, scopes=RESEARCH_ONLY), question, right=True, **CONFUSED)
    study_results.publish_due(MONDAY)

    cell = Cell.objects.get()
    assert (cell.n, cell.labels, cell.members.count()) == (None, [], 0)
    text = page_text(reader, study)
    assert "slope" not in text
    assert "Nothing to show for this week" in text


def test_a_withdrawal_empties_the_week_and_its_file(snapshot, volunteers, reader, study):
    study_results.publish_due(MONDAY)
    assert "n = 10–14 people." in page_text(reader, study)

    erasure.withdraw(volunteers[0].code, ["pointer:research"], now=MONDAY)

    assert "n = 10" not in page_text(reader, study, week="20261116")
    assert "text/html" in reader.get(address_of(study), {"as": "csv"})["Content-Type"]
    assert not Member.objects.exists()


def test_who_withdrew_is_not_in_the_next_publication(snapshot, volunteers, question, try_question):
    study_results.publish_due(MONDAY)
    gone, *others = volunteers
    erasure.withdraw(gone.code, ["pointer:research"], now=MONDAY)
    later = MONDAY + timedelta(days=1)
    try_question(volunteers, question, right=True, at=later, **INTERESTED)

    study_results.publish_due(MONDAY + timedelta(days=7))

    counted = set(Member.objects.values_list("learner", flat=True))
    assert counted == {person.pk for person in others}


def test_a_withdrawal_from_research_leaves_the_teacher_s_figures(
    snapshot, people, question, try_question
):
    both = (*RESEARCH_ONLY, "pointer:teach")
    group = answer_in_two_states(people(12, scopes=both), question, try_question)
    study_results.publish_due(MONDAY)
    weekly_cells.publish_due(Course.objects.all(), TEACH, MONDAY)

    erasure.withdraw(group[0].code, ["pointer:research"], now=MONDAY)
    withdraw_gone()

    states = dict(Cell.objects.values_list("publication__audience", "state"))
    assert states == {RESEARCH: "withdrawn", TEACH: "published"}


def test_two_studies_read_the_same_count(snapshot, volunteers, reader, study, ravi, amir, course):
    study_results.publish_due(MONDAY)
    now = timezone.now()
    other = Study.objects.create(
        title="Other",
        approval="EK 2",
        made_at=now,
        ends_at=now + timedelta(days=3),
        key="0123456789abcdef",
        answer="approved",
        answered_at=now,
        answered_by=amir,
    )
    other.members.create(person=ravi, named_at=now, statement_at=now)
    take_snapshot(other, course)

    assert study_results.publish_due(MONDAY) == 0
    assert csv_lines(reader, other) == csv_lines(reader, study)


def test_the_file_has_the_numbers_of_the_page(
    snapshot, people, question, try_question, reader, study
):
    answer_in_two_states(people(12, simulated=True, scopes=RESEARCH_ONLY), question, try_question)
    study_results.publish_due(MONDAY)

    confusion, interest = sorted(csv_lines(reader, study), key=lambda line: line["state"])

    assert (confusion["state"], interest["state"]) == ("confusion", "interest")
    assert (confusion["week"], confusion["course"]) == ("20261116", "algebra")
    assert (confusion["people"], confusion["simulated"]) == ("12", "yes")
    assert (confusion["share_low"], confusion["share_high"]) == ("30", "70")
    assert (confusion["correct_low"], confusion["correct_high"]) == ("15", "60")
    assert (confusion["difference_low"], confusion["difference_high"]) == ("-85", "-30")
    assert confusion["note"] == "estimates, not checked on people"


def test_all_skills_are_summed_up_before_each(
    snapshot, course, quiz, people, question, try_question, reader, study
):
    other = quiz.questions.get(position=2)
    other.skills.set([factories.make_skill(course, "roots")])
    for each in (question, other):
        answer_in_two_states(people(12, scopes=RESEARCH_ONLY), each, try_question)
    study_results.publish_due(MONDAY)

    text = page_text(reader, study)

    assert text.index("All skills below") < text.index("roots") < text.index("slope")
    assert "n = 20–28 people." in text
    lines = csv_lines(reader, study)
    assert [line["skill"] for line in lines] == 2 * ["all skills"] + 2 * ["roots"] + 2 * ["slope"]


def test_the_number_of_queries_does_not_grow_with_people_or_courses(
    snapshot, volunteers, reader, study, allow, people, feel, course, try_question
):
    def count_queries():
        with CaptureQueriesContext(connection) as queries:
            page_text(reader, study)
        return len(queries)

    study_results.publish_due(MONDAY)
    count_queries()
    before = count_queries()
    second = factories.make_course("geometry")
    take_snapshot(study, second)
    unit = factories.make_quiz_unit(second, skill=factories.make_skill(second, "angles"))
    group = people(12, scopes=RESEARCH_ONLY)
    for person in group:
        factories.make_enrolment(person, second)
    answer_in_two_states(group, unit.questions.get(position=1), try_question)
    study_results.publish_due(MONDAY)

    assert "angles" in page_text(reader, study)
    assert count_queries() == before


def test_without_a_snapshot_the_page_says_what_to_do(study, volunteers, reader):
    text = page_text(reader, study)

    assert "No course yet" in text
    assert "Create a snapshot first." in text


@pytest.mark.parametrize("lacking", ["statement", "approval", "time"])
def test_who_may_not_collect_data_reads_no_figure(
    snapshot, volunteers, reader, study, ravi, lacking
):
    study_results.publish_due(MONDAY)
    assert "n = 10–14" in page_text(reader, study)
    now = timezone.now()
    if lacking == "statement":
        study.members.filter(person=ravi).update(statement_at=None)
    if lacking == "approval":
        Study.objects.update(answer="declined")
    if lacking == "time":
        Study.objects.update(made_at=now - timedelta(days=9), ends_at=now)

    text = page_text(reader, study)

    assert "n = 10" not in text
    assert "You can read these figures only while the study is approved and active" in text
    assert "text/html" in reader.get(address_of(study), {"as": "csv"})["Content-Type"]


def test_a_course_they_teach_is_not_shown(snapshot, volunteers, reader, study, ravi, course):
    study_results.publish_due(MONDAY)
    factories.make_enrolment(ravi, course, role="teacher")

    assert "n = 10" not in page_text(reader, study)


def test_only_researchers_of_the_study_find_the_page(client_for, study, other, mia, ines, amir):
    for person in (other, mia, ines, amir):
        assert client_for(person).get(address_of(study)).status_code == 404


@pytest.mark.parametrize("week", ["tomorrow", "2026"])
def test_a_week_that_is_none_is_not_found(snapshot, reader, study, week):
    assert reader.get(address_of(study), {"week": week}).status_code == 404


def test_a_site_without_research_says_so(snapshot, volunteers, reader, study, settings):
    study_results.publish_due(MONDAY)

    settings.LEGAL_PROFILE = "us_k12"

    text = page_text(reader, study)
    assert "This site’s rules do not allow research." in text
    assert "n = 10" not in text


def test_the_study_s_page_leads_to_it(reader, study):
    assert address_of(study) in reader.get(f"/research/studies/{study.id}/").content.decode()


def test_the_task_publishes_what_is_due(snapshot, volunteers, monkeypatch):
    from research import tasks

    monkeypatch.setattr(tasks.timezone, "now", lambda: MONDAY)
    tasks.publish_due()

    assert Publication.objects.get().at == datetime(2026, 11, 23, 0, 2, tzinfo=MONDAY.tzinfo)


def test_a_researcher_named_later_signs_first(snapshot, volunteers, client_for, study, other, ravi):
    study_results.publish_due(MONDAY)
    now = timezone.now()
    study_setup.name_member(study, other, ravi, now=now)
    client = client_for(other)
    assert "n = 10" not in page_text(client, study)

    study_setup.record_statement(study, other, now=now)

    assert "n = 10–14 people." in page_text(client, study)
