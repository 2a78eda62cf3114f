"""`manage.py export_statements SLUG FILE.jsonl`: xAPI statements of the Learners of a course."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from consent.permits import restrictions
from courses.models import Course
from privacy.export import lrs_delivery, xapi
from privacy.export.jsonl_csv import line


class Command(BaseCommand):
    help = (
        "Writes xAPI statements of a course's learners, one per line, without their answers and "
        "without those who paused everything about them. "
        "Exit code: 0 written, 1 no such course or FILE already exists, 2 wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", metavar="SLUG")
        parser.add_argument("file", metavar="FILE.jsonl", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        course = Course.objects.filter(slug=options["slug"]).first()
        if course is None:
            raise CommandError("no such course", returncode=1)
        path, written = Path(options["file"]), 0
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise CommandError(f"{path} already exists", returncode=1) from error
        with open(handle, "wb") as out:
            for statement in _of_course(course):
                out.write(line(statement))
                written += 1
        self.stdout.write(f"{path}: {written:,} statements, readable only by you")


def _of_course(course: Course) -> Iterator[xapi.Statement]:
    """Yield the statements of this course, Learner by Learner."""
    learners = User.objects.filter(
        enrolments__course=course, enrolments__role="learner", is_active=True
    )
    here = {f"urn:uuid:{code}" for code in _codes(course)}
    for person in learners.order_by("code"):
        if restrictions.RESTRICTION in restrictions.find_restrictions(person):
            continue
        for _, statement in xapi.records(person, lrs_delivery.home_page(), words=False):
            if statement["object"]["id"] in here:
                yield statement


def _codes(course: Course) -> list[Any]:
    units = course.units.values_list("code", flat=True)
    return [*units, *course.questions.values_list("code", flat=True)]
