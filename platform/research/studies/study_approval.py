"""A Steward's decision on a study: no data is collected for it before approval."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from research.studies import study_setup
from research.studies.models import APPROVED, DECLINED, Study


class CannotAnswerStudy(ValueError):
    """The sentence says why and can be shown as is."""


def waiting(*, now: datetime) -> QuerySet[Study]:
    """Return the active studies without a Steward's decision, the oldest first."""
    return Study.objects.filter(answer="", ends_at__gt=now).order_by("made_at")


@transaction.atomic
def answer(id: UUID, wanted: str, by: User, *, now: datetime) -> Study:
    """Approve or decline a study, once and for good. Raises CannotAnswerStudy."""
    study = waiting(now=now).select_for_update().filter(pk=id).first()
    if study is None:
        raise CannotAnswerStudy(
            _("This study has already been approved or declined, or it has ended.")
        )
    if wanted not in (APPROVED, DECLINED):
        raise CannotAnswerStudy(_("Choose whether to approve or decline the study."))
    if study.members.filter(person=by).exists():
        raise CannotAnswerStudy(
            _("You are named in this study yourself. Another data steward must decide.")
        )
    study.answer, study.answered_at, study.answered_by = wanted, now, by
    study.save(update_fields=["answer", "answered_at", "answered_by"])
    study_setup.leave_leaf(wanted, study, by)
    return study
