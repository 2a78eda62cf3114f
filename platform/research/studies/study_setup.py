"""Starting a study, naming Researchers, and their statements of confidentiality, all audited."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

import audit
from accounts.models import User
from accounts.site import site_facts
from courses.access import courses_taught_by
from research.studies.models import APPROVED, LONGEST, Study, StudyMember
from vault import site_keys

LONGEST_TEXT = 120


class CannotBegin(ValueError):
    """The sentence says what is missing and can be shown as is."""


class CannotName(ValueError):
    """The sentence says why this person cannot be named and can be shown as is."""


@transaction.atomic
def begin_study(
    title: str, approval: str, last_day: date | None, by: User, *, now: datetime
) -> Study:
    """Start a study with `by` as its only member, without their statement and not yet approved.

    Raises CannotBegin.
    """
    title, approval = title.strip(), approval.strip()
    if not (0 < len(title) <= LONGEST_TEXT and 0 < len(approval) <= LONGEST_TEXT):
        raise CannotBegin(
            _(
                "Enter a title and the number of the ethics approval, at most {n} characters each."
            ).format(n=LONGEST_TEXT)
        )
    study = Study(id=uuid.uuid4(), title=title, approval=approval, made_at=now)
    study.ends_at = _end_of_day(last_day, now)
    study.key = site_keys.study_key(study.id, ends_at=study.ends_at).id.hex()
    study.save(force_insert=True)
    leave_leaf("begin", study, by)
    _add_member(study, by, now)
    return study


@transaction.atomic
def name_member(study: Study, person: User, by: User, *, now: datetime) -> None:
    """Name another Researcher; naming twice changes nothing. Raises CannotName."""
    study = lock_study(study)
    if not person.has_role("researcher"):
        raise ValueError("only Researchers are named in a study")
    if person.pk == study.answered_by_id:
        raise CannotName(
            _("This person decided on this study as a data steward. Choose another researcher.")
        )
    if study.snapshots.filter(course__in=courses_taught_by(person)).exists():
        raise CannotName(
            _(
                "This person teaches a course that this study has a snapshot of. Choose another "
                "researcher."
            )
        )
    if _add_member(study, person, now):
        leave_leaf("name", study, by)


@transaction.atomic
def record_statement(study: Study, person: User, *, now: datetime) -> None:
    """Record the person's own statement of confidentiality."""
    members = StudyMember.objects.filter(study=study, person=person, statement_at=None)
    if members.update(statement_at=now):
        leave_leaf("statement", study, person)


def lock_study(study: Study) -> Study:
    """Return the current study, locked: naming, deciding and collecting wait for one another."""
    return Study.objects.select_for_update().get(pk=study.pk)


def is_bound(study: Study, person: User) -> bool:
    """Return whether they are named and their statement is on record."""
    members = StudyMember.objects.filter(study=study, person=person)
    return members.filter(statement_at__isnull=False).exists()


def may_take(study: Study, person: User, *, now: datetime) -> bool:
    """Return whether they may collect data: active, approved, and they are bound."""
    return study.answer == APPROVED and now < study.ends_at and is_bound(study, person)


def list_open(person: User, *, now: datetime) -> QuerySet[Study]:
    """Return the studies they may collect data for now."""
    bound = StudyMember.objects.filter(person=person, statement_at__isnull=False)
    running = Study.objects.filter(members__in=bound, answer=APPROVED, ends_at__gt=now)
    return running.order_by("-made_at")


def _end_of_day(last_day: date | None, now: datetime) -> datetime:
    """Return the end of that day in the time zone of the site."""
    today = site_facts.site_day(now)
    if last_day is not None and today <= last_day < today + LONGEST:
        return site_facts.start_of_day(last_day + timedelta(days=1))
    raise CannotBegin(
        _("Select an end date from today to at most {n} days ahead.").format(n=LONGEST.days - 1)
    )


def _add_member(study: Study, person: User, now: datetime) -> bool:
    about = {"study": study, "person": person}
    return StudyMember.objects.get_or_create(**about, defaults={"named_at": now})[1]


def leave_leaf(act: str, study: Study, by: User) -> None:
    """Record in the audit log what was done to the study."""
    public = {"act": act, "study": study.id}
    audit.record("study.change", actor=by.code, subject=None, public=public)
