"""`export_course SLUG --to PATH --format …`: export a course for `import_course` or other tools."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from authoring.errors import BrokenPackage
from authoring.formats import registry
from courses.models import Course


class Command(BaseCommand):
    help = "Export a course: as a folder with course.json and its files, or as one file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument(
            "--to", type=Path, required=True, help="an empty or new folder, or a new file"
        )
        parser.add_argument(
            "--format",
            choices=registry.EXPORT_FORMATS,
            help="write one file in this format instead",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        target, name = options["to"], options["format"]
        self._refuse_what_is_there(target, is_folder=name is None)
        course = Course.objects.filter(slug=options["slug"]).first()
        if course is None:
            raise CommandError(f"expected the slug of a course, got {options['slug']!r}")
        try:
            if name is None:
                registry.export_folder(course, target)
                self.stdout.write(f"{course.slug}: {len(list(target.iterdir()))} files in {target}")
            else:
                self._report(course, target, name)
        except BrokenPackage as error:
            raise CommandError(str(error)) from error

    def _refuse_what_is_there(self, target: Path, *, is_folder: bool) -> None:
        if is_folder and target.exists() and any(target.iterdir()):
            raise CommandError(f"expected an empty or new folder, got {target}")
        if not is_folder and target.exists():
            raise CommandError(f"expected a new file, got {target}")

    def _report(self, course: Course, target: Path, name: str) -> None:
        left_out = registry.export(course, name, target)
        self.stdout.write(f"{course.slug}: {registry.FORMATS[name].title} in {target}")
        self.stdout.write("Not represented:" if left_out else "Everything is represented.")
        for what, number in left_out.most_common():
            self.stdout.write(f"  {number:>6} {what}")
