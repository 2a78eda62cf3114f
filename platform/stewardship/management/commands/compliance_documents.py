"""`manage.py compliance_documents --out DIR`: DPIA, record of processing, AI Act documentation.

With `--of-the-program`: the documents about the program itself, which need no site.
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from stewardship.documents import catalogue
from stewardship.documents.catalogue import Document


class Command(BaseCommand):
    help = (
        "Writes the documents that data stewards have to keep, as Markdown and HTML, from the "
        "running configuration. What a person must fill in is marked. Exit code: 0 written, 2 "
        "wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", metavar="DIR", type=Path, required=True)
        parser.add_argument(
            "--of-the-program",
            action="store_true",
            help="write what buyers ask for instead, as in docs/: VPAT, answers for a HECVAT Lite, "
            "processors",
        )
        parser.add_argument("--json", action="store_true", help="print what was written as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(options["out"])
        folder.mkdir(parents=True, exist_ok=True)
        if options["of_the_program"]:
            for name in catalogue.PAPERS:
                text = catalogue.make_paper(name, version("attune"))
                (folder / f"{name}.md").write_text(text, encoding="utf-8")
            return
        rows = [
            _write(document, folder) for document in catalogue.make_all_documents(timezone.now())
        ]
        if options["json"]:
            result = {
                "name": "compliance_documents",
                "protocol": "live configuration",
                "rows": rows,
            }
            self.stdout.write(json.dumps(result, indent=2))
            return
        for row in rows:
            self.stdout.write(f"{row['file']}: {row['to_fill']} places to fill in")


def _write(document: Document, folder: Path) -> dict[str, Any]:
    path = folder / f"{document.name}.md"
    path.write_text(document.markdown, encoding="utf-8")
    path.with_suffix(".html").write_text(document.page, encoding="utf-8")
    digest = hashlib.sha256(document.markdown.encode()).hexdigest()
    return {
        "document": document.name,
        "law": document.law,
        "file": str(path),
        "to_fill": document.to_fill,
        "sha256": digest,
    }
