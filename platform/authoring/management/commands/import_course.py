"""`import_course PATH`: a course package into the database, whole or not at all."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from authoring.broken import BrokenPackage
from authoring.importing import Imported, import_package

EVERY = 100


class Command(BaseCommand):
    help = "Import a course: a folder, .zip or .tar.gz with course.json or an OATutor content-pool."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument(
            "--skills-map", type=Path, help="join OATutor skills to those of our course"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        began = time.monotonic()
        try:
            done = import_package(
                options["path"],
                now=timezone.now(),
                tell=self._tell,
                skills_map_file=options["skills_map"],
            )
        except BrokenPackage as error:
            raise CommandError(f"{error}. Nothing was changed.") from error
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
