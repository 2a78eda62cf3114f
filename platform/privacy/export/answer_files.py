"""Files that a person uploaded as answers, as files of the export.

Their rows name the path of the file in place of its bytes, and only one file is read at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from accounts.models import User
from courses.answer_files import storage
from courses.models import AnswerFile
from privacy.export.zip_stream import ZipMember
from vault.errors import KeyDestroyed
from vault.sealed_values import Tampered

CONTENT = "content_sealed"


def path_of(row: AnswerFile) -> str:
    """Return the path in the export; raise KeyDestroyed once its name cannot be read."""
    return f"files/{row.pk}/{storage.read_facts(row).name}"


def file_members(person: User) -> Iterator[ZipMember]:
    """Yield every file that can still be read."""
    rows = AnswerFile.objects.filter(learner=person).defer(CONTENT).select_related("learner")
    for row in rows.order_by("pk"):
        try:
            path = path_of(row)
        except (KeyDestroyed, Tampered):
            continue
        yield ZipMember(path, _content_of(row))


def _content_of(row: AnswerFile) -> Iterator[bytes]:
    """Yield the file, or nothing if it was removed or erased since it was listed."""
    found = AnswerFile.objects.filter(pk=row.pk).select_related("learner").first()
    if found is not None:
        with suppress(KeyDestroyed):
            yield storage.read_content(found)
