"""A sensitive act and its leaf are one transaction; a leaf never changes and names no person."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

import audit
from audit import leaves
from audit.models import Leaf
from audit.queries import leaves_about, leaves_by, read_private
from vault.keystore import ALL, open_keystore

MIA, AMIR = UUID(int=11), UUID(int=12)


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.KEYSTORE_DIR = tmp_path / "keystore"


def record(**changed):
    audit.record(**{"verb": "steward.view", "actor": AMIR, "subject": MIA, **changed})


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_is_an_error():
    with pytest.raises(transaction.TransactionManagementError, match="belongs in the transaction"):
        record()
    assert Leaf.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_act_that_fails_leaves_no_leaf():
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        record()
        assert Leaf.objects.count() == 1
        raise ZeroDivisionError
    assert Leaf.objects.count() == 0
    with transaction.atomic():
        record()
    assert Leaf.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_leaf SET verb = 'demo.seed'",
        "DELETE FROM audit_leaf",
        "TRUNCATE audit_leaf",
    ],
)
def test_the_site_cannot_change_or_remove_a_leaf(statement):
    record()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("attune_app",)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute(statement)
    assert Leaf.objects.get().verb == "steward.view"


@pytest.mark.django_db
def test_codes_counts_times_and_identities_may_be_public():
    at = datetime(2026, 11, 20, 9, 0, 1, tzinfo=UTC)
    unit = UUID(int=3)
    public = {"scopes": ["face:adapt", "activity:adapt"], "rows": 3, "live": False, "at": at}
    record(public={**public, "unit": unit})
    assert Leaf.objects.get().public == (
        "at=2026-11-20t09:00:01+00:00 live=false rows=3 "
        f"scopes=activity:adapt,face:adapt unit={unit}"
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "public",
    [
        {"name": "Mia Berg"},
        {"why": "she asked for it"},
        {"mail": "mia@school.example"},
        {"two words": 1},
        {"x": "a=b"},
        {"long": "a" * 256},
        {"x": "line\nbreak"},
    ],
)
def test_text_may_not_be_public(public):
    with pytest.raises(ValueError, match="expected a"):
        record(public=public)


@pytest.mark.django_db
def test_a_measured_value_may_not_be_public():
    with pytest.raises(TypeError, match="expected codes"):
        record(public={"confusion": 0.61})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("verb", "steward.look"),
        ("public", "Mia Berg"),
        ("public", "name=Mia Berg"),
        ("leaf_hash", b"short"),
        ("private_hash", b"x" * 33),
        ("subject_ref", MIA.bytes),
    ],
)
def test_the_database_itself_refuses_open_text(column, value):
    leaf = leaves.make_leaf(
        uuid4(), "steward.view", actor=AMIR, subject=MIA, public={}, private={},
        at=datetime.now(UTC),
    )  # fmt: skip
    setattr(leaf, column, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        leaf.save(force_insert=True)


@pytest.mark.django_db
def test_an_unknown_verb_is_refused():
    with pytest.raises(ValueError, match=r"steward\.look"):
        record(verb="steward.look")


@pytest.mark.django_db
def test_a_leaf_names_people_only_under_their_salt():
    record(private={"reason": "Mia asked"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_leaf::text FROM audit_leaf")
        ((row,),) = cursor.fetchall()
    for trace in (MIA, AMIR, MIA.hex, AMIR.hex, b"Mia asked".hex(), "Mia"):
        assert str(trace) not in row


@pytest.mark.django_db
def test_leaves_about_and_by_a_person_are_found():
    record()
    record(subject=AMIR, actor=MIA, verb="teacher.view")
    record(subject=None, actor=None, verb="demo.seed")
    assert [leaf.verb for leaf in leaves_about(MIA)] == ["steward.view"]
    assert [leaf.verb for leaf in leaves_by(MIA)] == ["teacher.view"]
    assert leaves_about(uuid4()).count() == 0


@pytest.mark.django_db
def test_the_private_part_is_read_until_identity_is_destroyed():
    record(private={"reason": "asked"})
    record()
    told = [read_private(leaf, MIA) for leaf in leaves_about(MIA).order_by("at")]
    assert told == [{"reason": "asked"}, {}]
    (leaf,) = Leaf.objects.exclude(private_sealed=None)
    open_keystore().destroy(MIA, ["identity"])
    assert read_private(leaf, MIA) is None


@pytest.mark.django_db
def test_private_content_without_a_subject_is_refused():
    with pytest.raises(ValueError, match="needs a subject"):
        record(subject=None, private={"reason": "asked"})


@pytest.mark.django_db
def test_after_an_erasure_a_leaf_still_verifies_and_names_no_one():
    record(private={"reason": "asked"}, public={"rows": 3})
    before = Leaf.objects.get()
    assert leaves_about(MIA).count() == 1
    open_keystore().destroy(MIA, ALL)
    assert leaves.is_sound(Leaf.objects.get())
    assert leaves_about(MIA).count() == 0
    assert leaves.person_ref(MIA) != bytes(before.subject_ref)


@pytest.mark.django_db
def test_each_column_counts_in_the_hash():
    record(private={"reason": "asked"}, public={"rows": 3})
    other = uuid4().bytes * 2
    changes = {
        "id": uuid4(),
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "verb": "demo.seed",
        "actor_ref": other,
        "subject_ref": None,
        "public": "rows=4",
        "private_hash": other,
        "leaf_hash": other,
    }
    assert leaves.is_sound(Leaf.objects.get())
    assert changes.keys() == {f.name for f in Leaf._meta.fields} - {"private_sealed"}
    for column, value in changes.items():
        leaf = Leaf.objects.get()
        setattr(leaf, column, value)
        assert not leaves.is_sound(leaf), column


def test_a_missing_person_is_not_an_empty_one():
    leaf = leaves.make_leaf(
        uuid4(), "demo.seed", actor=None, subject=None, public={}, private={}, at=datetime.now(UTC)
    )
    leaf.actor_ref = b""
    assert not leaves.is_sound(leaf)


@pytest.mark.django_db
def test_one_act_on_several_people_leaves_a_leaf_about_each():
    greta = UUID(int=13)
    publics = {MIA: {"roles": ["learner"]}, greta: {"roles": ["guardian"]}}
    with transaction.atomic():
        audit.record_about_each("person.create", actor=AMIR, publics=publics)

    assert [leaf.public for leaf in leaves_about(MIA)] == ["roles=learner"]
    assert [leaf.public for leaf in leaves_about(greta)] == ["roles=guardian"]
    assert leaves_by(AMIR).count() == 2
    assert all(leaves.is_sound(leaf) for leaf in Leaf.objects.all())


@pytest.mark.django_db(transaction=True)
def test_an_act_on_several_people_needs_a_transaction_too():
    with pytest.raises(transaction.TransactionManagementError):
        audit.record_about_each("person.create", actor=AMIR, publics={MIA: {}})
