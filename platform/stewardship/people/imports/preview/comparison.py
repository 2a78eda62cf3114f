"""The rows of a file compared with the people of the site: new, updated, unchanged, or an error.

A row fills what is recorded and adds roles. It empties nothing and takes no role away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.db.models import Q

from accounts.administration.person_records import PersonRecord
from accounts.keyed_hash import digest_login, digest_number
from accounts.models import User
from stewardship.people.imports.files.row_parser import TypedRow
from stewardship.people.imports.files.row_problems import Problem, about
from stewardship.people.imports.models import GUARDIAN, NAMED_GUARDIAN, OTHER, ImportRun
from stewardship.people.imports.person_record import make_record, merge_record
from stewardship.people.imports.preview.course_names import CourseNames, NamedCourse, plan_courses
from stewardship.people.imports.preview.known_people import KnownPeople


@dataclass(frozen=True, slots=True)
class SortedRow:
    """What an import would do with a row. `before` is the record of a person who is known.

    `guardian_named` is the e-mail of a guardian as the row has it, `guardian` who has it.
    """

    typed: TypedRow
    kind: str
    turn: int = OTHER
    person: User | None = None
    record: PersonRecord | None = None
    before: PersonRecord | None = None
    fields: tuple[str, ...] = ()
    guardian: User | None = None
    guardian_named: str = ""
    courses: tuple[NamedCourse, ...] = ()
    notes: tuple[Problem, ...] = ()


@dataclass(slots=True)
class GuardianRows:
    """The rows of a file with the role Guardian, which are sorted before all others."""

    logins: set[str] = field(default_factory=set)
    emails: dict[str, list[int]] = field(default_factory=dict)
    # The row numbers of those with an error, by the digests of username and e-mail.
    failed: dict[str, int] = field(default_factory=dict)

    def add(self, row: SortedRow) -> None:
        """Note a row once it is known whether it is imported."""
        typed = row.typed
        if row.kind == "error":
            texts = (typed.login, typed.email)
            self.failed.update({digest_login(text): typed.row for text in texts if text})
        elif row.record is not None:
            self.logins.add(digest_login(row.record.identity.login))
            if email := row.record.identity.email:
                self.emails.setdefault(digest_login(email), []).append(typed.row)

    def has(self, email: str) -> bool:
        """Say whether an import finds one guardian of these: by username, else by e-mail."""
        return (
            digest_login(email) in self.logins or len(self.emails.get(digest_login(email), ())) == 1
        )

    def problem_with(self, email: str) -> Problem | None:
        """Say why none of these is the guardian, though the file has them."""
        if len(self.emails.get(digest_login(email), ())) > 1:
            return about("guardian_several", email)
        row = self.failed.get(digest_login(email))
        return Problem("guardian_error", {"row": row}) if row else None


@dataclass(slots=True)
class Comparison:
    """What is known of the whole file while its rows are sorted, some at a time."""

    run: ImportRun
    today: date
    # Digests of numbers that people of the site have: a row with one may leave the username out.
    taken_numbers: set[str] = field(default_factory=set)
    # Row numbers by digest, to see what a file has twice.
    numbers: dict[str, list[int]] = field(default_factory=dict)
    logins: dict[str, list[int]] = field(default_factory=dict)
    guardian_rows: GuardianRows = field(default_factory=GuardianRows)
    # Digests of the e-mails of guardians who are added because a row names them.
    named_guardians: set[str] = field(default_factory=set)
    # Digests of usernames and numbers that guardians of the site have.
    guardians_here: set[str] = field(default_factory=set)
    course_names: CourseNames = field(default_factory=CourseNames.load)

    def note(self, rows: Sequence[TypedRow]) -> None:
        """Look at some rows, before the first row of all is sorted."""
        numbers = [digest_number(typed.number) for typed in rows if typed.number]
        found = User.objects.filter(number_digest__in=numbers)
        self.taken_numbers.update(map(str, found.values_list("number_digest", flat=True)))
        logins = [digest_login(typed.login or typed.email) for typed in rows]
        here = User.objects.filter(
            Q(number_digest__in=numbers) | Q(login_digest__in=logins),
            roles__contains=["guardian"],
        )
        for login, number in here.values_list("login_digest", "number_digest"):
            self.guardians_here |= {login, number or login}
        for typed in rows:
            if typed.number:
                self.numbers.setdefault(digest_number(typed.number), []).append(typed.row)
            if login := self._login_of(typed):
                self.logins.setdefault(digest_login(login), []).append(typed.row)

    def is_guardian(self, typed: TypedRow) -> bool:
        """Say whether the row makes, or is about, a guardian: the role can be left out later."""
        known = digest_number(typed.number) if typed.number else digest_login(self._login_of(typed))
        return "guardian" in typed.roles or known in self.guardians_here

    def _login_of(self, typed: TypedRow) -> str:
        """Return the username of a row; a person who is known keeps theirs without one."""
        known = typed.number and digest_number(typed.number) in self.taken_numbers
        return typed.login or ("" if known else typed.email)

    def sort(self, rows: Sequence[TypedRow]) -> list[SortedRow]:
        """Sort some rows, each after the guardian it adds; rows of guardians come first of all."""
        people = KnownPeople.find(rows, self._login_of)
        found = (each for typed in rows for each in self._sort_with_guardian(typed, people))
        return plan_courses(found, self.course_names)

    def _sort_with_guardian(self, typed: TypedRow, people: KnownPeople) -> list[SortedRow]:
        row = self._sort(typed, people)
        if self.is_guardian(typed):
            self.guardian_rows.add(row)
        row = replace(row, notes=typed.notes)
        added = self._named_guardian(row, people)
        guardian = people.guardian(typed.guardian) if typed.guardian else None
        return [*added, replace(row, guardian=guardian, guardian_named=typed.guardian)]

    def _sort(self, typed: TypedRow, people: KnownPeople) -> SortedRow:
        person = people.find_person(typed)
        owner = (
            people.by_login.get(digest_login(login)) if (login := self._login_of(typed)) else None
        )
        erased = people.find_erased(person, owner)
        if typed.left_out and erased is None:
            return SortedRow(typed, "left", person=person or owner)
        problem = erased or typed.problem or self._find_twice(typed)
        if problem is None and person is not None and person.simulated:
            problem = Problem("simulated")
        if problem is None and "steward" in typed.roles and not _is_steward(person):
            problem = Problem("role_steward")
        if problem is not None:
            return SortedRow(replace(typed, problem=problem), "error", person=person or owner)
        if person is None:
            return self._sort_new(typed, owner, people)
        return self._sort_known(typed, person, people)

    def _sort_new(self, typed: TypedRow, owner: User | None, people: KnownPeople) -> SortedRow:
        problem = _find_missing(typed)
        if owner is not None:
            problem = Problem("login_taken")
        if problem is not None:
            return SortedRow(replace(typed, problem=problem), "error", person=owner)
        record = make_record(typed, self.run, self.today)
        return self._with_guardian(SortedRow(typed, "new", _turn(record), record=record), people)

    def _sort_known(self, typed: TypedRow, person: User, people: KnownPeople) -> SortedRow:
        before = people.records[person.pk]
        owner = people.by_login.get(digest_login(typed.login)) if typed.login else person
        if owner is not None and owner != person:
            problem = Problem("login_taken")
            return SortedRow(replace(typed, problem=problem), "error", person=person)
        record = merge_record(typed, before, self.today)
        fields = tuple(before.differs_in(record))
        if "age_band" in fields and record.age_band == "adult" and people.has_guardian(person):
            fields = (*fields, "guardianships")
        kind = "updated" if fields else "same"
        row = SortedRow(typed, kind, _turn(record), person, record, before, fields)
        return self._with_guardian(row, people)

    def _with_guardian(self, row: SortedRow, people: KnownPeople) -> SortedRow:
        """See whether the guardian of a minor can be, or already is one."""
        email = row.typed.guardian
        if not email or row.record is None or row.record.age_band == "adult":
            return replace(row, typed=replace(row.typed, guardian=""))
        guardian = people.guardian(email)
        known = guardian is not None or self.guardian_rows.has(email)
        if digest_login(email) == digest_login(row.record.identity.login) or (
            row.person is not None and guardian == row.person
        ):
            problem = Problem("guardian_self")
        elif not known and (failed := self.guardian_rows.problem_with(email)):
            problem = failed
        elif not known and (
            digest_login(email) in people.by_login or digest_login(email) in self.logins
        ):
            problem = Problem("guardian_role")
        elif guardian is not None and row.person and people.is_ward(row.person, guardian):
            return row
        else:
            kind = "updated" if row.kind == "same" else row.kind
            return replace(row, kind=kind, fields=(*row.fields, "guardian"))
        return replace(row, kind="error", typed=replace(row.typed, problem=problem))

    def _named_guardian(self, row: SortedRow, people: KnownPeople) -> list[SortedRow]:
        """Return the row that adds a guardian known by e-mail only, once per file."""
        email = row.typed.guardian
        if row.kind == "error" or not email or people.guardian(email) is not None:
            return []
        if self.guardian_rows.has(email) or digest_login(email) in self.named_guardians:
            return []
        self.named_guardians.add(digest_login(email))
        typed = TypedRow(row.typed.row, name=email, login=email, email=email, roles=("guardian",))
        record = make_record(typed, self.run, self.today)
        return [SortedRow(typed, "new", NAMED_GUARDIAN, record=record)]

    def _find_twice(self, typed: TypedRow) -> Problem | None:
        for text, key, rows, make in (
            (typed.number, "number_twice", self.numbers, digest_number),
            (self._login_of(typed), "login_twice", self.logins, digest_login),
        ):
            others = [row for row in rows[make(text)] if row != typed.row] if text else []
            if others:
                return Problem(key, {"row": others[0]})
        return None


def _is_steward(person: User | None) -> bool:
    """Say whether a row may name the role Steward, because the person has it anyhow."""
    return person is not None and person.has_role("steward")


def _find_missing(typed: TypedRow) -> Problem | None:
    if not typed.name:
        return Problem("name_missing")
    return None if typed.login or typed.email else Problem("login_missing")


def _turn(record: PersonRecord) -> int:
    return GUARDIAN if "guardian" in record.roles else OTHER
