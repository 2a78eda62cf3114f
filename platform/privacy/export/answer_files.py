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
    """Return the path of a file that can be read; raises KeyDestroyed and Tampered."""
    _load_content(row)
    return _name_path(row)


def file_members(person: User) -> Iterator[ZipMember]:
    """Yield every file that can be read, and nothing for one that was removed meanwhile."""
    rows = AnswerFile.objects.filter(learner=person).defer(CONTENT).select_related("learner")
    for row in rows.order_by("pk"):
        with suppress(AnswerFile.DoesNotExist, KeyDestroyed, Tampered):
            content = _load_content(row)
            yield ZipMember(_name_path(row), [content])


def _name_path(row: AnswerFile) -> str:
    return f"files/{row.pk}/{storage.read_facts(row).name}"


def _load_content(row: AnswerFile) -> bytes:
    """Return the file through another row, so that this one never holds its megabytes."""
    found = AnswerFile.objects.select_related("learner").get(pk=row.pk)
    return storage.read_content(found)
