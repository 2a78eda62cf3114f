"""The timeline page: what it shows of a class, and what it holds back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from estimates.models import Cell, Publication
from tests.fixtures import class_activity
from tests.platform.teaching.conftest import TEN

pytestmark = pytest.mark.django_db
EARLY, LATE = TEN - timedelta(days=70), TEN - timedelta(days=5)


@pytest.fixture
def floors(settings):
    settings.LEGAL_PROFILE = "demo"


@pytest.fixture
def teacher(client_for, course, ines, floors):
    return client_for(ines)


@pytest.fixture
def class_(course, video):
    people = class_activity.class_of(course, 15, now=TEN)
    class_activity.watch(people[:9], video, at=TEN, back=(30, 48), times=2, stuck_at=45)
    class_activity.watch(people[9:], video, at=TEN, until=61)
    return people


def page(teacher, video, **query):
    response = teacher.get(f"/teach/algebra/videos/{video.code}/", query)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_peak_is_selected_and_shown_with_people_and_times(teacher, video, class_):
    said = page(teacher, video)

    assert "0:00–0:50, “What an equation says”" in said
    assert "9 of 15 people replayed it, 18 times in total." in said
    assert "9 pressed “I\u2019m stuck” in this part." in said


def test_a_span_in_the_address_is_shown(teacher, video, class_):
    said = page(teacher, video, **{"from": "0", "to": "5"})

    assert "None of the 15 people replayed it." in said


@pytest.mark.parametrize(
    "bad", [{"from": "9", "to": "3"}, {"from": "nan", "to": "5"}, {"from": "x"}]
)
def test_an_invalid_span_falls_back_to_the_peak(teacher, video, class_, bad):
    assert "0:00–0:50" in page(teacher, video, **bad)


def test_less_than_the_floor_is_held_back_in_picture_table_and_file(teacher, video, course):
    people = class_activity.class_of(course, 6, now=TEN)
    class_activity.watch(people[:4], video, at=TEN, back=(30, 48), stuck_at=45)
    class_activity.watch(people[4:], video, at=TEN, until=20)

    response = teacher.get(f"/teach/algebra/videos/{video.code}/", {"from": "30", "to": "48"})
    text, file = (
        response.content.decode(),
        teacher.get(f"/teach/algebra/videos/{video.code}/?as=csv").content.decode().splitlines(),
    )

    assert "Too few people to show: fewer than 5 watched this." in text
    assert 'class="said"' not in text
    assert file[1] == '"0:00","0:05","6","0","0"'
    assert file[5] == '"0:20","0:25","too few people","too few people","too few people"'


def test_a_group_without_enough_people_shows_nothing_at_all(teacher, video):
    said = page(teacher, video)

    assert "Too few people to show: fewer than 5 are in this group." in said
    assert "As a table" not in said


def test_simulated_people_are_shown_by_themselves_and_marked(teacher, course, video):
    people = class_activity.class_of(course, 2, now=TEN, simulated=True)
    class_activity.watch(people, video, at=TEN)

    said = page(teacher, video)

    assert "simulated sections of 5 s" in said
    assert "All learners (2)" in said


def test_groups_by_month_are_shown_from_the_floor_on(teacher, course, video):
    people = class_activity.class_of(course, 6, now=TEN, since=EARLY)
    others = class_activity.class_of(course, 7, now=TEN, since=LATE, name="late")
    class_activity.watch(people, video, at=TEN, back=(30, 48))
    class_activity.watch(others, video, at=TEN)

    said = page(teacher, video, who="before-2026-11")

    assert "Joined before November 2026 (" in said
    assert "8 of" not in said
    assert "6 of 6 people replayed it" in said


def test_neither_four_people_nor_all_but_four_can_be_selected(teacher, course, video, mia, noah):
    class_activity.watch(class_activity.class_of(course, 8, now=TEN, since=EARLY), video, at=TEN)
    class_activity.watch(
        class_activity.class_of(course, 4, now=TEN, since=LATE, name="late"), video, at=TEN
    )
    course.enrolments.filter(user__in=(mia, noah)).update(since=EARLY)

    said = page(teacher, video)

    assert "Joined from November 2026 on (4) cannot be chosen: too few people." in said
    assert "the difference would reveal the same 4" in said
    for who in ("from-2026-11", "before-2026-11", "nobody"):
        assert "fewer than 5 are in this group" in page(teacher, video, who=who)


def publish(course, video, **cell):
    made = Publication.objects.create(course=course, quarter=TEN, at=TEN)
    return Cell.objects.create(publication=made, unit=video, chapter=0, at=TEN, floor=5, **cell)


def test_the_estimate_is_the_published_cell(teacher, course, video, class_):
    publish(course, video, n=10, labels=["CONFUSION"], shares=[30], unsure=5)

    said = page(teacher, video)

    low, high = re.search(r"Estimated confusion: (\d+)–(\d+)% of the time", said).groups()
    assert int(low) <= 30 <= int(high)
    assert "n = 10–14. An estimate can be wrong." in said


def behaviour_row(said):
    """Return the three figures of behaviour in the first chapter, after the one of confusion."""
    table = said[said.index("On task, estimated, %") :]
    figures = re.findall(r"\d+–\d+ , n = [\d–]+|not sure|too few people|whole class only", table)
    return figures[1:4]


def test_behaviour_of_each_chapter_is_the_published_cell(teacher, course, video, class_):
    states = ["disengaged", "focused", "struggling"]
    publish(course, video, kind="behaviour", n=20, labels=states, shares=[10, 60, 30], unsure=5)

    on_task, trying, away = behaviour_row(page(teacher, video))

    for figure, share in ((on_task, 60), (trying, 30), (away, 10)):
        low, high = re.match(r"(\d+)–(\d+) , n = 20–24", figure).groups()
        assert int(low) <= share <= int(high)


def test_behaviour_of_few_unsure_or_withdrawn_is_no_figure(teacher, course, video, class_):
    assert behaviour_row(page(teacher, video)) == ["too few people"] * 3
    cell = publish(course, video, kind="behaviour", n=20, labels=[], shares=[], unsure=90)
    assert behaviour_row(page(teacher, video)) == ["not sure"] * 3
    Cell.objects.filter(pk=cell.pk).update(state="withdrawn", n=None, unsure=None)
    assert behaviour_row(page(teacher, video)) == ["too few people"] * 3


def test_a_withdrawn_cell_is_too_few_and_an_unsure_one_not_sure(teacher, course, video, class_):
    cell = publish(course, video, n=10, labels=[], shares=[], unsure=90)
    text = teacher.get(f"/teach/algebra/videos/{video.code}/").content.decode()
    assert text.count('fill="url(#do)"') == 1

    Cell.objects.filter(pk=cell.pk).update(state="withdrawn", n=None, unsure=None)

    text = teacher.get(f"/teach/algebra/videos/{video.code}/").content.decode()
    assert 'fill="url(#do)"' not in text
    assert "Estimated confusion" not in text


def test_a_group_shows_no_estimate(teacher, course, video):
    class_activity.watch(class_activity.class_of(course, 6, now=TEN, since=EARLY), video, at=TEN)
    class_activity.watch(
        class_activity.class_of(course, 7, now=TEN, since=LATE, name="late"), video, at=TEN
    )
    publish(course, video, n=10, labels=["CONFUSION"], shares=[30], unsure=5)

    said = page(teacher, video, who="before-2026-11")

    assert "so there is no estimate for a group" in said
    assert "On task, estimated, %" in said
    assert "n = " not in said
    assert "Estimated confusion" not in said


def test_without_class_pictures_there_is_no_estimate_row(teacher, video, class_, settings, course):
    settings.LEGAL_PROFILE = ""
    publish(course, video, n=10, labels=["CONFUSION"], shares=[30], unsure=5)

    assert "Estimated confusion" not in page(teacher, video)


def test_only_an_author_is_offered_to_add_a_question(teacher, video, class_, ines):
    address = f"/author/courses/algebra/questions/new/?unit={video.code}&amp;t=50"
    assert address in teacher.get(f"/teach/algebra/videos/{video.code}/").content.decode()

    ines.roles = ["teacher"]
    ines.save(update_fields=["roles"])

    assert "/author/" not in teacher.get(f"/teach/algebra/videos/{video.code}/").content.decode()


def test_the_page_reads_no_table_of_individual_estimates(teacher, video, class_):
    with CaptureQueriesContext(connection) as asked:
        page(teacher, video)

    said = " ".join(query["sql"] for query in asked.captured_queries)
    assert "telemetry_event" in said
    of_groups = "predictor|dispute|publication|cell|member"
    assert not re.search(rf"FROM .?(estimates_(?!{of_groups})|telemetry_block)", said)


def test_the_list_says_who_watched_and_leads_to_each(teacher, video, class_):
    text = teacher.get("/teach/algebra/videos/").content.decode()

    assert f"/teach/algebra/videos/{video.code}/" in text
    assert "watched by 15" in text


@pytest.mark.parametrize(("name", "status"), [("mia", 403), ("mallory", 404), ("amir", 404)])
def test_learners_meet_403_and_strangers_404(request, client_for, course, video, name, status):
    client = client_for(request.getfixturevalue(name))

    for path in ("", f"{video.code}/"):
        assert client.get(f"/teach/algebra/videos/{path}").status_code == status


def test_a_unit_that_is_no_video_has_no_timeline(teacher, quiz):
    assert teacher.get(f"/teach/algebra/videos/{quiz.code}/").status_code == 404
