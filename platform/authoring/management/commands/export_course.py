"""`export_course SLUG --to FOLDER`: a course as a package that `import_course` reads."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from authoring.broken import BrokenPackage
from authoring.exporting import CannotExport, export
from courses.models import Course


class Command(BaseCommand):
    help = "Export a course as a folder with course.json and its files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--to", type=Path, required=True, help="an empty or new folder")

    def handle(self, *_args: Any, **options: Any) -> None:
        folder: Path = options["to"]
        if folder.exists() and any(folder.iterdir()):
            raise CommandError(f"expected an empty or new folder, got {folder}")
        course = Course.objects.filter(slug=options["slug"]).first()
        if course is None:
            raise CommandError(f"expected the slug of a course, got {options['slug']!r}")
        try:
            files = export(course, folder)
        except (CannotExport, BrokenPackage) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{course.slug}: {len(files)} files in {folder}")
