"""`import_course PATH`: import a course package; each course as a whole or not at all."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from authoring.errors import BrokenPackage
from authoring.imports.import_course import Imported, import_package
from authoring.imports.read_package import SeveralCourses
from authoring.imports.target import Target
from authoring.slugs import slug

EVERY = 100


class Command(BaseCommand):
    help = (
        "Import a course, known by its content: an Attune, OATutor, OLX, Common Cartridge or QTI "
        "folder, .zip, .imscc or .tar.gz, an .h5p file, or one file of questions (Moodle XML, "
        "GIFT, CSV, QTI)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--slug", default="", help="the slug of the course, instead of its own")
        parser.add_argument("--course", default="", help="which course of a pool that has several")
        parser.add_argument(
            "--update", action="store_true", help="change the course of that slug if there is one"
        )
        parser.add_argument(
            "--skills-map", type=Path, help="link OATutor skills to those of a course on this site"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        began = time.monotonic()
        if options["slug"] != slug(options["slug"], ""):
            raise CommandError("expected a slug of lower-case letters, numbers and single hyphens")
        target = Target(options["slug"], "", options["update"], options["course"])
        found: list[Imported] = []
        try:
            for done in self._imported(options["path"], target, options["skills_map"]):
                found.append(done)
                if options["verbosity"]:
                    self._report(done, time.monotonic() - began)
        except BrokenPackage as error:
            raise CommandError(f"{error}. {_changed(found)}") from error

    def _imported(self, path: Path, target: Target, skills_map: Path | None) -> Iterator[Imported]:
        """Yield one course, or each course of a pool where no slug selects one.

        Each is imported as a whole or not at all; a failure leaves the previous ones in place.
        """

        def of_target(wanted: Target) -> Imported:
            return import_package(
                path, now=timezone.now(), tell=self._tell, target=wanted, skills_map_file=skills_map
            )

        try:
            yield of_target(target)
        except SeveralCourses as several:
            if target.slug:
                names = ", ".join(several.names)
                raise CommandError(f"choose one with --course: {names}") from several
            for name in several.names:
                yield of_target(replace(target, part=name))

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


def _changed(found: list[Imported]) -> str:
    """Return what was imported before a failure."""
    if not found:
        return "Nothing was changed."
    slugs = ", ".join(done.course.slug for done in found)
    return f"Imported before it: {slugs}. Nothing else was changed."
