"""What a Teacher may do to one Learner's test; each act is undone as easily, and leaves a leaf."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext

import audit
from accounts.models import User
from courses import attempts, grades
from courses.models import Attempt, Unit
from teaching.grades.forms import ExtraForm, GradeForm

Fields = Mapping[str, str]


class Refused(Exception):
    """The act cannot be done as it was asked; the text says why, in words for the Teacher."""


@transaction.atomic
def act(name: str, learner: User, unit: Unit, fields: Fields, *, by: User, now: datetime) -> None:
    """One of ACTS by name. Raises Refused; 404 for an act or an Attempt there is none of."""
    if name not in ACTS:
        raise Http404
    verb, do = ACTS[name]
    what = do(learner, unit, fields, by, now)
    public = {"what": what, "unit": unit.code}
    audit.record(verb, actor=by.code, subject=learner.code, public=public)


def _grade(learner: User, unit: Unit, fields: Fields, by: User, now: datetime) -> str:
    form = GradeForm(fields)
    if not form.is_valid():
        raise Refused(form.problem())
    said = form.cleaned_data
    grades.override(learner, unit, said["percent"], said["reason"], by=by, now=now)
    return "set"


def _ungrade(learner: User, unit: Unit, _: Fields, __: User, now: datetime) -> str:
    grades.undo(learner, unit, now=now)
    return "undone"


def _extra(learner: User, unit: Unit, fields: Fields, by: User, now: datetime) -> str:
    form = ExtraForm(fields)
    if not form.is_valid():
        raise Refused(form.problem())
    said = form.cleaned_data
    more = said["attempts"] or 0
    attempts.give(learner, unit, by=by, attempts=more, due_at=said["due_at"], now=now)
    return "set"


def _no_extra(learner: User, unit: Unit, _: Fields, __: User, now: datetime) -> str:
    attempts.take_back(learner, unit, now=now)
    return "undone"


def _reset(learner: User, unit: Unit, fields: Fields, _: User, now: datetime) -> str:
    attempts.reset(_attempt(learner, unit, fields), now=now)
    return "set"


def _restore(learner: User, unit: Unit, fields: Fields, _: User, __: datetime) -> str:
    if not attempts.restore(_attempt(learner, unit, fields)):
        why = gettext("Another attempt runs. When it is handed in, this one can come back.")
        raise Refused(why)
    return "undone"


def _attempt(learner: User, unit: Unit, fields: Fields) -> Attempt:
    try:
        wanted = UUID(fields.get("attempt", ""))
    except ValueError as error:
        raise Http404 from error
    found = Attempt.objects.filter(id=wanted, learner=learner, unit=unit).first()
    if found is None:
        raise Http404
    return found


Act = Callable[[User, Unit, Fields, User, datetime], str]
ACTS: Mapping[str, tuple[str, Act]] = {
    "grade": ("grade.override", _grade),
    "ungrade": ("grade.override", _ungrade),
    "extra": ("test.extra", _extra),
    "no_extra": ("test.extra", _no_extra),
    "reset": ("test.reset", _reset),
    "restore": ("test.reset", _restore),
}
