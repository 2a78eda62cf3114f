"""A grade and a course total: the same number on each page, in each file and in each message."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import zipfile
from fractions import Fraction

import pytest
from django.core import mail
from django.utils import timezone

from accounts.api_tokens import api_tokens
from courses.gradebook import course_totals, grades
from courses.gradebook.course_totals import CategorySettings
from courses.models import Attempt, Unit
from lti.services.score_messages import GradeState, write_score
from privacy.export import data_export
from tests.fixtures import factories
from tests.fixtures.exams import make_test, take

pytestmark = pytest.mark.django_db
# What a reply earns, in percent: 5 is correct, 900 is wrong.
SHARES = {"5": 100, "4": "100/3", "3": 62.5, "2": 0.01, "1": 99.99, "900": 0}
POINTS = [0.01, 0.25, 1, 1, 2.5, 3.33, 7]
PERCENT = re.compile(r"(\d+)%")


def half_up(value):
    """Round a percentage without the code that is tested."""
    rounded = int(value + Fraction(1, 2))
    return min(99, max(1, rounded)) if 0 < value < 100 else rounded


class Class:
    """A random class; `wanted` is computed here from the replies alone."""

    def __init__(self, seed, people, teacher):
        self.rng, self.people = random.Random(seed), people
        self.course = factories.make_course("odd", title="Odd weights")
        factories.make_enrolment(teacher, self.course, role="teacher")
        for person in people:
            factories.make_enrolment(person, self.course)
        self.units = [self._make_test() for _ in range(self.rng.randint(3, 5))]
        self.categories = self._make_categories(teacher)
        self.wanted = {
            person.pk: {unit.pk: self._take(person, unit, teacher) for unit in self.units}
            for person in people
        }

    def _make_test(self):
        unit = make_test(course=self.course)
        others = [
            {"value": int(given), "share": share, "feedback_html": ""}
            for given, share in SHARES.items()
            if given not in ("5", "900")
        ]
        for question in unit.questions.filter(position__isnull=False):
            question.points, question.other_answers = self.rng.choice(POINTS), others
            question.save()
        return unit

    def _make_categories(self, teacher):
        units = self.rng.sample(self.units, len(self.units))
        cut = self.rng.randint(1, len(units) - 1)
        made = [
            CategorySettings(
                f"Part {at}", self.rng.randint(1, 100), self.rng.randint(0, 2), tuple(each)
            )
            for at, each in enumerate([[u.pk for u in units[:cut]], [u.pk for u in units[cut:]]])
        ]
        course_totals.replace_categories(
            self.course, made, stamp=course_totals.stamp_of([]), by=teacher
        )
        return made

    def _take(self, person, unit, teacher):
        """Take the test up to two times, and let the teacher set some grades; return the grade."""
        found = [self._attempt(person, unit) for _ in range(self.rng.randint(0, 2))]
        if self.rng.random() < 0.2:
            percent = self.rng.randint(0, 100)
            now = timezone.now()
            grades.set_override(person, unit, percent, "It was unclear.", by=teacher, now=now)
            return percent
        return max(found, default=None)

    def _attempt(self, person, unit):
        rows = list(unit.questions.filter(position__isnull=False).order_by("position"))
        replies = [self.rng.choice(list(SHARES)) for _ in rows]
        take(person, unit, *replies)
        points = [Fraction(str(row.points)) for row in rows]
        shares = [Fraction(str(SHARES[one])) / 100 for one in replies]
        earned = sum(share * each for share, each in zip(shares, points, strict=True))
        return half_up(100 * earned / sum(points))

    def total_of(self, person):
        found = []
        for each in self.categories:
            known = (self.wanted[person.pk][unit] for unit in each.tests)
            percents = sorted(one for one in known if one is not None)
            kept = percents[min(each.drop_lowest, len(percents) - 1) :] if percents else []
            if kept:
                found.append((Fraction(sum(kept), len(kept)), each.weight))
        weights = sum(weight for _, weight in found)
        return half_up(sum(mean * weight for mean, weight in found) / weights) if found else None

    def row_of(self, person):
        """Return the grades in the order of the course, then the total."""
        cells = [self.wanted[person.pk][unit.pk] for unit in self.units]
        return [*cells, self.total_of(person)]


@pytest.fixture(params=range(3))
def class_(request, mia, noah, ines):
    return Class(request.param, [mia, noah], ines)


def read_rows(html):
    """Return the percentages of each row of the gradebook, None where there is none yet."""
    body = html.split("<tbody>")[1].split("</tbody>")[0]
    cells = [re.findall(r"<td.*?</td>", row, re.DOTALL)[1:] for row in body.split("</tr>")[:-1]]
    return sorted([percent_in(cell) for cell in row] for row in cells)


def percent_in(text):
    found = PERCENT.search(text)
    return int(found[1]) if found else NONE


NONE = -1


def or_none(row):
    return [NONE if one is None else one for one in row]


def test_teachers_read_the_same_in_the_gradebook_its_file_and_the_api(
    class_, client_for, mia, noah, ines
):
    wanted = sorted(or_none(class_.row_of(person)) for person in (mia, noah))
    teacher = client_for(ines)
    assert read_rows(teacher.get("/teach/odd/grades/").content.decode()) == wanted

    file = teacher.get("/teach/odd/grades/?as=csv").content.decode("utf-8-sig")
    _, *rows = csv.reader(io.StringIO(file))
    assert sorted([int(cell or NONE) for cell in row[2:]] for row in rows) == wanted

    now = timezone.now()
    token = api_tokens.make_token(ines, "phone", "read", 7, now=now)[1]
    head = {"authorization": f"Bearer {token}"}
    lines = client_for(ines).get("/api/v1/teach/odd/grades/", headers=head).json()
    read = [
        or_none([*(cell["percent"] for cell in line["cells"]), line["total"]]) for line in lines
    ]
    assert sorted(read) == wanted


def test_a_learner_reads_the_same_as_the_teacher_and_so_do_other_programs(class_, client_for, mia):
    *cells, total = class_.row_of(mia)
    page = client_for(mia).get("/courses/odd/").content.decode()
    known = [one for one in cells if one is not None]
    if known:
        found = page.split('id="grades"')[1].split("</section>")[0]
        own, _, below = found.partition("Course total so far")
        shown = [int(one) for one in re.findall(r'<p><b class="num">(\d+)%', own)]
        assert (shown, percent_in(below)) == (known, NONE if total is None else total)
    for unit, percent in zip(class_.units, cells, strict=True):
        grade = grades.load_grade(mia, Unit.objects.get(pk=unit.pk))
        assert (None if grade is None else grade.percent) == percent
        if percent is not None:
            said = json.loads(write_score("mia", GradeState(percent), now=timezone.now()))
            assert said["scoreGiven"] * 100 == percent * said["scoreMaximum"]


def test_points_are_the_same_on_the_page_in_the_api_and_in_the_download(class_, client_for, mia):
    now = timezone.now()
    raw = b"".join(data_export.stream(mia, now=now))
    lines = zipfile.ZipFile(io.BytesIO(raw)).read("data/courses_attempt.jsonl").decode()
    rows = {row["id"]: row for row in map(json.loads, lines.splitlines())}
    token = api_tokens.make_token(mia, "phone", "read", 7, now=now)[1]
    head = {"authorization": f"Bearer {token}"}
    client = client_for(mia)
    for unit in class_.units:
        address = f"/api/v1/units/{unit.code}/attempts/"
        found = {row["id"]: row for row in client.get(address, headers=head).json()}
        for attempt in Attempt.objects.filter(learner=mia, unit=unit):
            row, own = found[str(attempt.id)], rows[str(attempt.id)]
            page = client.get(f"/attempts/{attempt.id}/report/").content.decode()
            title = re.search(r'<h2 id="sum"[^>]*>([\d.]+) of ([\d.]+) point', page)
            assert [float(one) for one in title.groups()] == [row["points"], row["points_possible"]]
            assert f"This attempt: {row['percent']}%." in page
            assert half_up(Fraction(100 * own["right"], own["out_of"])) == row["percent"]
            assert own["right"] / own["per_point"] == pytest.approx(row["points"], abs=0.01)


def test_no_mail_has_a_grade(class_):
    assert not [each for each in mail.outbox if PERCENT.search(each.body + each.subject)]
