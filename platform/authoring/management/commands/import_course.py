"""`import_course PATH`: a course package into the database, whole or not at all."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from authoring.broken import BrokenPackage
from authoring.formats.naming import slug
from authoring.importing import Imported, import_package

EVERY = 100


class Command(BaseCommand):
    help = (
        "Import a course, known by its content: an Attune, OATutor, OLX or QTI folder, .zip or "
        ".tar.gz, or one file of questions (GIFT, CSV, QTI)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--slug", default="", help="the slug of the course, instead of its own")
        parser.add_argument(
            "--skills-map", type=Path, help="join OATutor skills to those of our course"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        began = time.monotonic()
        if options["slug"] != slug(options["slug"], ""):
            raise CommandError("expected a slug of small letters, figures and single strokes")
        try:
            done = import_package(
                options["path"],
                now=timezone.now(),
                tell=self._tell,
                skills_map_file=options["skills_map"],
                slug=options["slug"],
            )
        except BrokenPackage as error:
            raise CommandError(f"{error}. Nothing was changed.") from error
        if options["verbosity"]:
            self._report(done, time.monotonic() - began)

    def _tell(self, done: int, total: int) -> None:
        if done % EVERY == 0 or done == total:
            self.stderr.write(f"read {done} of {total} problems")

    def _report(self, done: Imported, seconds: float) -> None:
        self.stdout.write(f"{done.course.slug}: {done.course.title} ({seconds:.1f} s)")
        for name, number in done.counts.items():
            if number:
                self.stdout.write(f"  {number:>6} {name}")
        self.stdout.write("Not represented:" if done.left_out else "Everything is represented.")
        for what, number in done.left_out.most_common():
            self.stdout.write(f"  {number:>6} {what}")
