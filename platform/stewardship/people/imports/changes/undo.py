"""Undo an import: remove people who were added, and restore people who were updated.

Later changes are preserved: a person who has signed in or has other data, and an edited record.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.http import Http404

import data_inventory
from accounts.administration import person_changes
from accounts.administration.person_records import CannotChange, load_record, lock_people
from accounts.models import Guardianship, PasswordLink, PendingMail, User
from accounts.people import make_guardian
from courses import enrolment
from courses.models import Enrolment
from privacy.erasure import erasure
from privacy.models import Erasure
from stewardship.access import is_being_erased
from stewardship.people.imports.changes.apply import SkippedRow, find_steward
from stewardship.people.imports.encryption import unseal_row
from stewardship.people.imports.lease import store_progress
from stewardship.people.imports.models import ImportRow, ImportRun
from stewardship.people.imports.person_record import record_from_json
from stewardship.people.imports.preview.course_names import has_other_courses
from vault.sealed_values import KeyDestroyed

BATCH_SIZE: Final = 50
# Models that every account has, or that an import and a Steward created for it.
ACCOUNT_MODELS: Final = (User, ImportRow, Guardianship, PasswordLink, PendingMail, Enrolment)


def undo_rows(run: ImportRun, now: Callable[[], datetime]) -> None:
    """Undo the remaining rows of a run, last rows first. Raises RunTaken, NoSteward."""
    while rows := _load_batch(run):
        steward, begun = find_steward(run), []
        try:
            for row in rows:
                if row.kind == "new":
                    begun += _remove_person(run, row, steward, now())
                else:
                    _restore_person(run, row, steward, now())
        finally:
            erasure.resume_all(begun, now=now())
    store_progress(run, now(), state="undone", due_at=None, tries=0, tries_before=0)


def _load_batch(run: ImportRun) -> list[ImportRow]:
    rows = ImportRow.objects.filter(run=run, state="done").select_related("person")
    return list(rows.order_by("-turn", "number")[:BATCH_SIZE])


def find_used(codes: Collection[UUID]) -> set[UUID]:
    """Return those of these people who have data beyond account and courses, in any table."""
    uses = [
        Q(Exists(each.model._base_manager.filter(**{str(each.subject): OuterRef("pk")})))
        for each in data_inventory.all()
        if each.subject not in (None, "self") and each.model not in ACCOUNT_MODELS
    ]
    people = User.objects.filter(reduce(or_, uses), code__in=codes)
    return set(people.values_list("code", flat=True))


@transaction.atomic
def _remove_person(run: ImportRun, row: ImportRow, steward: User, now: datetime) -> list[UUID]:
    """Begin to erase an added person in the usual way, or record why they stay.

    The person row is fully locked, so no data can be added between the check and the erasure.
    """
    store_progress(run, now, done=run.done + 1, tries_before=run.tries)
    lock_people([row.person_id] if row.person_id else [])
    person = User.objects.select_for_update().filter(code=row.pk).first()
    if why := _find_obstacle(person, row):
        _mark_left(row, why)
        return []
    ImportRow.objects.filter(pk=row.pk).update(state="undone")
    if person is None:
        return []
    store_progress(run, now, removed=run.removed + 1)
    return [erasure.begin(person.code, actor=steward.code, cause="undo", now=now).id]


def _find_obstacle(person: User | None, row: ImportRow) -> str:
    """Return the reason why an added person stays, or ""."""
    if person is None:
        return ""
    if is_being_erased(person.code):
        return "gone"
    try:
        kept = unseal_row(row)
        if _is_edited(person, kept):
            return "edited"
    except KeyDestroyed:
        return "gone"
    signed_in = person.last_login is not None or person.has_usable_password()
    used = signed_in or _has_wards(person) or has_other_courses(person, kept["enrolments"])
    return "used" if used or find_used([person.code]) else ""


def _is_edited(person: User, kept: Any) -> bool:
    """Return whether a Steward or a later import recorded more than this import did."""
    if load_record(person).mark() != kept["mark"]:
        return True
    bonds = Guardianship.objects.filter(ward=person)
    return bonds.exclude(guardian__code=kept["guardian"]).exists()


def _has_wards(person: User) -> bool:
    """Return whether a person who is not being erased needs this guardian."""
    erased = Erasure.objects.filter(scopes__isnull=True, subject__isnull=False)
    wards = Guardianship.objects.filter(guardian=person)
    return wards.exclude(ward__code__in=erased.values("subject")).exists()


@transaction.atomic
def _restore_person(run: ImportRun, row: ImportRow, steward: User, now: datetime) -> None:
    """Restore the record before the import, unless it was edited since."""
    store_progress(run, now, done=run.done + 1, tries_before=run.tries)
    try:
        with transaction.atomic():
            _restore_record(row, unseal_row(row), steward, now)
    except SkippedRow as skipped:
        _mark_left(row, skipped.why)
    except CannotChange:
        _mark_left(row, "edited")
    except (Http404, KeyDestroyed):
        _mark_left(row, "gone")
    else:
        ImportRow.objects.filter(pk=row.pk).update(state="undone")


def _restore_record(row: ImportRow, kept: Any, steward: User, now: datetime) -> None:
    person = row.person
    if person is None or is_being_erased(person.code):
        raise SkippedRow("gone")
    before = record_from_json(kept["before"])
    if load_record(person).mark() != kept["mark"]:
        raise SkippedRow("edited")
    if "guardian" not in before.roles and _has_wards(person):
        raise SkippedRow("used")
    person_changes.change_person(person.code, before, seen=kept["mark"], by=steward, now=now)
    try:
        enrolment.undo_enrolments(kept["enrolments"], by=steward)
    except enrolment.LastTeacher as problem:
        raise SkippedRow("teacher") from problem
    if kept["guardian"]:
        guardian = UUID(kept["guardian"])
        person_changes.end_guardianships(person, by=steward, now=now, guardian=guardian)
    _restore_guardianships(person, kept["ended"], steward, now)


def _restore_guardianships(
    ward: User, ended: Collection[str], steward: User, now: datetime
) -> None:
    """Restore guardianships that ended because the import marked a minor as an adult."""
    guardians = User.objects.filter(code__in=ended, is_active=True, roles__contains=["guardian"])
    for guardian in guardians.exclude(wardships__ward=ward).order_by("pk"):
        make_guardian(guardian, ward, actor=steward.code, now=now)


def _mark_left(row: ImportRow, why: str) -> None:
    ImportRow.objects.filter(pk=row.pk).update(state="left", why=why)
