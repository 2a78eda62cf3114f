"""Actions of a Teacher on one Learner's test; each can be undone and leaves an audit leaf."""

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
from courses.answer_files import storage
from courses.gradebook import grades, regrades
from courses.gradebook.regrade_preview import RegradeChoice
from courses.models import Attempt, Regrade, Unit
from teaching.grades.forms import ExtraForm, GradeForm

Fields = Mapping[str, str]


class ActionRefused(Exception):
    """The action cannot be done as requested; the text tells the Teacher why."""


@transaction.atomic
def perform_action(
    name: str, learner: User, unit: Unit, fields: Fields, *, by: User, now: datetime
) -> None:
    """Perform one of ACTIONS by name. Raises ActionRefused; 404 for unknown actions or attempts."""
    if name not in ACTIONS:
        raise Http404
    verb, do = ACTIONS[name]
    what = do(learner, unit, fields, by, now)
    public = {"what": what, "unit": unit.code}
    audit.record(verb, actor=by.code, subject=learner.code, public=public)


@transaction.atomic
def regrade(choice: RegradeChoice, reason: str, stamp: str, *, by: User, now: datetime) -> None:
    """Regrade a question of a test as previewed. Raises regrades.StalePreview."""
    made = regrades.make(choice, reason, stamp, by=by, now=now)
    _record_regrade(made, "set", by)


@transaction.atomic
def undo_regrade(regrade: Regrade, *, by: User, now: datetime) -> None:
    """Undo a regrade; do nothing if it was undone already."""
    if regrades.undo(regrade, now=now):
        _record_regrade(regrade, "undone", by)


def _record_regrade(regrade: Regrade, what: str, by: User) -> None:
    """Record a leaf for the action, and one for each Learner whose attempt it changed."""
    public = {"what": what, "unit": regrade.unit.code, "regrade": regrade.id}
    changed = regrades.learners_changed(regrade)
    more = {"treatment": regrade.treatment, "learners": len(changed)}
    audit.record("grade.regrade", actor=by.code, subject=None, public=public | more)
    for learner in changed:
        audit.record("grade.regrade", actor=by.code, subject=learner, public=public)


def _set_grade(learner: User, unit: Unit, fields: Fields, by: User, now: datetime) -> str:
    form = GradeForm(fields)
    if not form.is_valid():
        raise ActionRefused(form.problem())
    cleaned = form.cleaned_data
    grades.set_override(learner, unit, cleaned["percent"], cleaned["reason"], by=by, now=now)
    return "set"


def _undo_grade(learner: User, unit: Unit, _: Fields, __: User, now: datetime) -> str:
    grades.undo_override(learner, unit, now=now)
    return "undone"


def _give_extra(learner: User, unit: Unit, fields: Fields, by: User, now: datetime) -> str:
    form = ExtraForm(fields)
    if not form.is_valid():
        raise ActionRefused(form.problem())
    cleaned = form.cleaned_data
    more = cleaned["attempts"] or 0
    attempts.grant_extra(learner, unit, by=by, attempts=more, due_at=cleaned["due_at"], now=now)
    return "set"


def _undo_extra(learner: User, unit: Unit, _: Fields, __: User, now: datetime) -> str:
    attempts.withdraw_extra(learner, unit, now=now)
    return "undone"


def _reset_attempt(learner: User, unit: Unit, fields: Fields, _: User, now: datetime) -> str:
    attempt = _find_attempt(learner, unit, fields)
    attempts.reset(attempt, now=now)
    storage.discard_removed(attempt)
    return "set"


def _restore_attempt(learner: User, unit: Unit, fields: Fields, _: User, __: datetime) -> str:
    if not attempts.restore(_find_attempt(learner, unit, fields)):
        why = gettext(
            "Another attempt is in progress. This one can be restored after that one is submitted."
        )
        raise ActionRefused(why)
    return "undone"


def _find_attempt(learner: User, unit: Unit, fields: Fields) -> Attempt:
    wanted = uuid_or_404(fields.get("attempt", ""))
    found = Attempt.objects.filter(id=wanted, learner=learner, unit=unit).first()
    if found is None:
        raise Http404
    return found


ActionFunction = Callable[[User, Unit, Fields, User, datetime], str]
ACTIONS: Mapping[str, tuple[str, ActionFunction]] = {
    "grade": ("grade.override", _set_grade),
    "ungrade": ("grade.override", _undo_grade),
    "extra": ("test.extra", _give_extra),
    "no_extra": ("test.extra", _undo_extra),
    "reset": ("test.reset", _reset_attempt),
    "restore": ("test.reset", _restore_attempt),
}
