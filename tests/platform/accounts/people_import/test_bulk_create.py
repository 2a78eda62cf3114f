"""People added in bulk are the same as people added one by one."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from accounts.administration import person_changes
from accounts.administration.person_records import PersonRecord, load_record
from accounts.identity import Identity, load_identity
from accounts.models import Guardianship, User
from accounts.people_import.bulk_create import PersonToAdd, add_people, find_free
from audit.leaves import is_sound
from audit.models import Leaf
from audit.queries import leaves_about
from vault import site_keys

pytestmark = pytest.mark.django_db


def identity(name, **fields):
    return Identity(name, f"{name}@school.example", **fields)


def to_add(name, *, roles=("learner",), guardian=None, **fields):
    return PersonToAdd(uuid4(), PersonRecord(identity(name, **fields), roles, "teen"), guardian)


def audit_texts(person):
    return [
        (leaf.verb, leaf.public, leaf.actor_ref, is_sound(leaf))
        for leaf in leaves_about(person.code).order_by("at")
    ]


def test_bulk_creation_equals_single_creation(amir, now):
    ada = to_add("ada", number="17", born=date(2011, 3, 14), email="a@school.example")
    bo = to_add("bo", roles=("author", "teacher"))
    alone = person_changes.add_person(to_add("cy").record, by=amir, now=now)

    found = add_people([ada, bo], by=amir, now=now)

    assert [person.code for person in found] == [ada.code, bo.code]
    assert [load_record(person) for person in found] == [ada.record, bo.record]
    assert load_identity(User.objects.get(code=ada.code)).born == date(2011, 3, 14)
    assert not any(person.has_usable_password() for person in found)
    assert audit_texts(found[0]) == audit_texts(alone)
    assert audit_texts(found[1])[0][1] == "roles=author,teacher"


def test_a_guardian_is_named_with_a_leaf_about_the_ward(amir, greta, now):
    ward, other = add_people([to_add("ada", guardian=greta), to_add("bo")], by=amir, now=now)

    bond = Guardianship.objects.get(guardian=greta, ward=ward)
    assert bond.since == now
    assert [verb for verb, *_ in audit_texts(ward)] == ["person.create", "person.guard"]
    assert [verb for verb, *_ in audit_texts(other)] == ["person.create"]


def test_forty_people_take_no_more_statements_than_two(amir, now):
    took = []
    for count in (2, 40):
        people = [to_add(f"p{count}-{n}", number=f"{count}-{n}") for n in range(count)]
        with CaptureQueriesContext(connection) as asked:
            add_people(people, by=amir, now=now)
        took.append(len(asked))
    assert took[0] == took[1] < 8


def test_a_username_or_number_in_use_here_or_before_is_not_free(amir, now):
    add_people([to_add("ada", number="17")], by=amir, now=now)

    found = find_free(
        [
            identity("ADA"),
            identity("bo", number="17"),
            identity("cy", number="18"),
            identity("dee", number="18"),
            identity("Cy"),
            identity("eve"),
            identity("fay"),
        ]
    )

    assert found == [False, False, True, False, False, True, True]


def test_if_one_person_cannot_be_added_none_is(amir, now):
    add_people([to_add("ada")], by=amir, now=now)
    people, leaves = User.objects.count(), Leaf.objects.count()

    with pytest.raises(IntegrityError):
        add_people([to_add("bo"), to_add("ada")], by=amir, now=now)

    assert (User.objects.count(), Leaf.objects.count()) == (people, leaves)


def test_bulk_creation_refuses_stewards(amir, now):
    with pytest.raises(ValueError, match="data steward"):
        add_people([to_add("ada", roles=("steward",))], by=amir, now=now)


def test_each_has_a_salt_of_their_own(amir, now):
    found = add_people([to_add("ada"), to_add("bo")], by=amir, now=now)
    assert len({site_keys.salt(person.code) for person in [*found, amir]}) == 3
