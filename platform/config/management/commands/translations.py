"""`manage.py translations`: updates the catalogues from the sources, or checks them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.i18n import catalogue, source_files


def find_catalogues() -> Iterator[tuple[str, Path]]:
    """Yield domain and file of each catalogue of each translated language."""
    for folder in sorted(Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES")):
        for domain in source_files.DOMAINS:
            yield domain, folder / f"{domain}.po"


class Command(BaseCommand):
    help = "Brings the translations up to date with the sources (update), or checks them (check)."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", nargs="?", choices=("update", "check"), default="update")
        parser.add_argument("--only", nargs="+", type=Path, help="print the sentences of these")
        parser.add_argument(
            "--take", nargs="+", type=Path, default=[], help=".po files to merge in"
        )
        parser.add_argument("--language", help="only the catalogues of this language")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["only"]:
            return self._print(options["only"])
        found = 0
        for domain, file in find_catalogues():
            if options["language"] in (None, file.parts[-3]):
                if options["what"] == "update":
                    self._update(domain, file, options["take"])
                else:
                    found += self._check(domain, file)
        if found:
            raise CommandError(f"{found} faults.")
        return None

    def _print(self, only: list[Path]) -> None:
        for domain in source_files.DOMAINS:
            if wanted := source_files.find_messages(settings.BASE_DIR, domain, only):
                self.stdout.write(str(catalogue.make_template(wanted)))

    def _update(self, domain: str, file: Path, take: list[Path]) -> None:
        language = file.parts[-3]
        old = catalogue.read_catalogue(file) if file.exists() else catalogue.make_empty(language)
        taken = [catalogue.read_catalogue(one) for one in take]
        new = catalogue.merge_catalogue(
            old, source_files.find_messages(settings.BASE_DIR, domain), taken
        )
        new.save(str(file))
        file.with_suffix(".mo").write_bytes(catalogue.compile_catalogue(new))
        self.stdout.write(f"{file.parts[-3]} {domain}: {len(new)}, {new.percent_translated()} %")

    def _check(self, domain: str, file: Path) -> int:
        wanted = source_files.find_messages(settings.BASE_DIR, domain)
        stored = catalogue.read_catalogue(file)
        found = list(catalogue.find_catalogue_faults(stored, wanted))
        if file.with_suffix(".mo").read_bytes() != catalogue.compile_catalogue(stored):
            found.append("the compiled file is older: run `manage.py translations`")
        for fault in found:
            self.stdout.write(f"{file.parts[-3]} {domain}: {fault}")
        return len(found)
