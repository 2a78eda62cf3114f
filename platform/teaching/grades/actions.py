"""What a Teacher may do to one Learner's test; each act is undone as easily, and leaves a leaf."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext

import audit
from accounts.access import uuid_or_404
from accounts.models import User
from courses import attempts
from courses.gradebook import grades, regrades
from courses.gradebook.regrade_preview import RegradeChoice
from courses.models import Attempt, Regrade, Unit
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


@transaction.atomic
def regrade(choice: RegradeChoice, reason: str, stamp: str, *, by: User, now: datetime) -> None:
    """Regrade a question of a test as it was previewed. Raises regrades.StalePreview."""
    made = regrades.make(choice, reason, stamp, by=by, now=now)
    _record_regrade(made, "set", by)


@transaction.atomic
def undo_regrade(regrade: Regrade, *, by: User, now: datetime) -> None:
    """Take a regrade back; nothing where it was undone already."""
    if regrades.undo(regrade, now=now):
        _record_regrade(regrade, "undone", by)


def _record_regrade(regrade: Regrade, what: str, by: User) -> None:
    """A leaf for the act, and one about each Learner whose attempt it changed."""
    public = {"what": what, "unit": regrade.unit.code, "regrade": regrade.id}
    changed = regrades.learners_changed(regrade)
    more = {"treatment": regrade.treatment, "learners": len(changed)}
    audit.record("grade.regrade", actor=by.code, subject=None, public=public | more)
    for learner in changed:
        audit.record("grade.regrade", actor=by.code, subject=learner, public=public)


def _grade(learner: User, unit: Unit, fields: Fields, by: User, now: datetime) -> str:
    form = GradeForm(fields)
    if not form.is_valid():
        raise Refused(form.problem())
    said = form.cleaned_data
    grades.set_override(learner, unit, said["percent"], said["reason"], by=by, now=now)
    return "set"


def _ungrade(learner: User, unit: Unit, _: Fields, __: User, now: datetime) -> str:
    grades.undo_override(learner, unit, now=now)
    return "undone"


def _extra(learner: User, unit: Unit, fields: Fields, by: User, now: datetime) -> str:
    form = ExtraForm(fields)
    if not form.is_valid():
        raise Refused(form.problem())
    said = form.cleaned_data
    more = said["attempts"] or 0
    attempts.grant_extra(learner, unit, by=by, attempts=more, due_at=said["due_at"], now=now)
    return "set"


def _no_extra(learner: User, unit: Unit, _: Fields, __: User, now: datetime) -> str:
    attempts.withdraw_extra(learner, unit, now=now)
    return "undone"


def _reset(learner: User, unit: Unit, fields: Fields, _: User, now: datetime) -> str:
    attempts.reset(_attempt(learner, unit, fields), now=now)
    return "set"


def _restore(learner: User, unit: Unit, fields: Fields, _: User, __: datetime) -> str:
    if not attempts.restore(_attempt(learner, unit, fields)):
        why = gettext(
            "Another attempt is in progress. This one can be restored after that one is submitted."
        )
        raise Refused(why)
    return "undone"


def _attempt(learner: User, unit: Unit, fields: Fields) -> Attempt:
    wanted = uuid_or_404(fields.get("attempt", ""))
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
