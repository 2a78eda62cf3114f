"""Find the units that show a picture, by the file's name in what their authors wrote."""

from __future__ import annotations

from typing import Any

from django.db.models import Field, JSONField, Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import User
from courses.models import Attempt, Course, Hint, Question, QuestionContent, Reading, Unit, Video


def find_units_showing(course: Course, name: str) -> QuerySet[Unit]:
    """Return the units in use whose video, text or questions, now or earlier, show the file.

    The original of a video is shown nowhere. Files of a course are named by their content, so a
    name in a text identifies the file.
    """
    stored = f"{course.code}/{name}"
    film = Q(file=stored) | Q(poster=stored) | Q(captions__file=stored)
    film |= Q(renditions__contains=[{"src": stored}])
    unit = {"unit__course": course}
    asked = {"question__unit__course": course}
    shown = Q(pk__in=Video.objects.filter(film, **unit).values("unit"))
    shown |= Q(pk__in=_find_naming(name, Reading).filter(**unit).values("unit"))
    shown |= Q(pk__in=_find_naming(name, Question).filter(**unit).values("unit"))
    for model in (Hint, QuestionContent):
        rows = _find_naming(name, model).filter(**asked)
        shown |= Q(pk__in=rows.values("question__unit"))
    for tag in _find_tags_showing(course, name):
        shown |= Q(random_questions__contains=[{"tag": tag}])
    return course.units.filter(shown, position__isnull=False)


def has_own_attempt_showing(learner: User, course: Course, name: str) -> bool:
    """Return whether a question that an Attempt of the Learner asks shows the file.

    Today's tags of a question do not tell which tests drew it before.
    """
    own = Attempt.objects.filter(learner=learner, unit__course=course)
    asked = {pk for contents in own.values_list("contents", flat=True) for pk in contents}
    return _find_naming(name, QuestionContent).filter(pk__in=asked).exists()


def _find_tags_showing(course: Course, name: str) -> set[str]:
    """Return the tags of the questions in the bank that show the file."""
    bank = course.questions.filter(in_bank=True)
    naming = Q(pk__in=_find_naming(name, Question).filter(pk__in=bank).values("pk"))
    for model in (Hint, QuestionContent):
        rows = _find_naming(name, model).filter(question__in=bank)
        naming |= Q(pk__in=rows.values("question"))
    found = bank.filter(naming).values_list("tags", flat=True)
    return {tag for tags in found for tag in tags}


def _find_naming(name: str, model: type[Model]) -> QuerySet[Model]:
    """Return the rows that have the name in a column that can hold HTML."""
    columns = [field.name for field in model._meta.fields if _holds_html(field)]
    found = Q()
    for column in columns:
        found |= Q(**{f"in_{column}__contains": name})
    texts = {f"in_{column}": Cast(column, TextField()) for column in columns}
    rows: QuerySet[Model] = model._base_manager.alias(**texts)
    return rows.filter(found)


def _holds_html(field: Field[Any, Any]) -> bool:
    """Return whether the column is HTML, or JSON that contains HTML."""
    return field.name.endswith("html") or isinstance(field, JSONField)
