"""Every possible error of a declaration is found; the site itself has none."""

# ruff: noqa: DJ001 (models that are wrong on purpose)
from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.test.utils import isolate_apps

import data_inventory
from accounts.models import User
from data_inventory import CLOCK, CODE, DIGEST, LINK, NUMBER, PUBLIC, SEALED, checks, declaration

PLAIN = {"subject": None, "category": "test", "scope": None, "retain": None, "erase": None}
HERS = {**PLAIN, "subject": "learner", "erase": data_inventory.DELETE}


class Table(models.Model):
    class Meta:
        abstract = True
        app_label = "data_inventory"


def found(model):
    return [message.id for message in checks.check_model(model)]


def declared(model, columns, **changed):
    data_inventory.holds(**{**PLAIN, **changed}, columns={"id": NUMBER, **columns})(model)
    return found(model)


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(declaration, "_declared", dict(declaration._declared))
    monkeypatch.setattr(declaration, "_foreign", dict(declaration._foreign))
    with isolate_apps("data_inventory"):
        yield


def test_the_sites_own_declarations_have_no_error():
    messages = checks.check_holdings()
    assert [str(message) for message in messages[:-1]] == []
    assert messages[-1].id == "data_inventory.I001"
    assert f"{len(checks.concrete_models())} models seen" in messages[-1].msg
    assert len(checks.concrete_models()) > 10


def test_a_model_without_a_declaration_is_an_error():
    class Bare(Table):
        pass

    assert found(Bare) == ["data_inventory.E001"]
    data_inventory.foreign("data_inventory.Bare", "a third party's")
    assert found(Bare) == []


def test_an_automatic_many_to_many_table_is_an_error():
    class Group(Table):
        others = models.ManyToManyField("self")

    (message,) = checks.check_model(Group.others.through)
    assert message.id == "data_inventory.E001"
    assert "through model" in message.hint


def test_an_undeclared_and_an_absent_column_are_errors():
    class Part(Table):
        at = models.DateTimeField()

    assert declared(Part, {"on": CLOCK}) == ["data_inventory.E002", "data_inventory.E003"]


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        (models.TextField(), SEALED),
        (models.TextField(), CLOCK),
        (models.TextField(), NUMBER),
        (models.JSONField(), CODE),
        (models.JSONField(), SEALED),
        (models.FileField(), CODE),
        (models.GenericIPAddressField(), CODE),
        (models.BinaryField(), CODE),
        (models.IntegerField(), LINK),
        (models.FloatField(), CLOCK),
        (ArrayField(models.TextField()), NUMBER),
        (ArrayField(models.BinaryField()), SEALED),
    ],
)
def test_a_kind_that_does_not_fit_its_field_is_an_error(field, kind):
    class Thing(Table):
        value = field.clone()

    assert declared(Thing, {"value": kind}) == ["data_inventory.E004"]


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        (models.BinaryField(), SEALED),
        (models.DateField(), CLOCK),
        (models.DurationField(), CLOCK),
        (models.UUIDField(), CODE),
        (ArrayField(models.UUIDField()), CODE),
        (models.BooleanField(), NUMBER),
        (ArrayField(models.BigIntegerField()), NUMBER),
        (models.JSONField(), PUBLIC),
        (models.TextField(), PUBLIC),
    ],
)
def test_a_kind_that_fits_is_no_error(field, kind):
    class Thing(Table):
        value = field.clone()

    assert declared(Thing, {"value": kind}) == []


def test_public_text_about_people_is_an_error():
    class Note(Table):
        learner = models.ForeignKey(User, models.CASCADE)
        text = models.TextField()

    assert declared(Note, {"learner": LINK, "text": PUBLIC}, **HERS) == ["data_inventory.E004"]


@pytest.mark.parametrize(
    ("constraint", "kind", "errors"),
    [
        (None, CODE, ["data_inventory.E005"]),
        (None, DIGEST, ["data_inventory.E005"]),
        (data_inventory.closed("verb", ["a", "b"], name="c"), CODE, []),
        (data_inventory.closed("other", ["a", "b"], name="c"), CODE, ["data_inventory.E005"]),
        (data_inventory.matches("verb", r"^[0-9a-f]{64}$", name="c"), DIGEST, []),
        (
            models.CheckConstraint(condition=~models.Q(verb="a"), name="c"),
            CODE,
            ["data_inventory.E005"],
        ),
        (
            models.CheckConstraint(condition=models.Q(verb__gt="a"), name="c"),
            CODE,
            ["data_inventory.E005"],
        ),
        (
            models.CheckConstraint(
                condition=models.Q(verb="a") | models.Q(verb__contains="b"), name="c"
            ),
            CODE,
            ["data_inventory.E005"],
        ),
        (
            models.CheckConstraint(
                condition=models.Q(verb="a") | models.Q(verb__isnull=True), name="c"
            ),
            CODE,
            [],
        ),
        (
            models.CheckConstraint(condition=models.Q(verb__regex="^a.*"), name="c"),
            CODE,
            ["data_inventory.E005"],
        ),
        (models.UniqueConstraint(fields=["verb"], name="c"), CODE, ["data_inventory.E005"]),
    ],
)
def test_a_text_that_the_database_leaves_open_is_an_error(constraint, kind, errors):
    class Act(Table):
        verb = models.CharField(max_length=64, null=True, choices=[("a", "A")])
        other = models.IntegerField(default=0)

        class Meta(Table.Meta):
            constraints = [constraint] if constraint else []

    assert declared(Act, {"verb": kind, "other": NUMBER}) == errors


@pytest.mark.parametrize(
    "constraint",
    [
        models.CheckConstraint(condition=models.Q(shut__contained_by=["a"]), name="c"),
        data_inventory.each_matches("shut", "^[a-z]{1,9}$", name="c"),
    ],
)
def test_an_array_of_texts_must_be_closed_too(constraint):
    class Roles(Table):
        open = ArrayField(models.CharField(max_length=9))
        shut = ArrayField(models.CharField(max_length=9))

        class Meta(Table.Meta):
            constraints = [constraint]

    messages = declared(Roles, {"open": CODE, "shut": CODE})
    assert messages == ["data_inventory.E005"]


def test_a_digest_in_bytes_must_have_its_length():
    class Leaf(Table):
        loose = models.BinaryField()
        tight = models.BinaryField()

        class Meta(Table.Meta):
            constraints = [data_inventory.has_length("tight", 32, name="c")]

    assert declared(Leaf, {"loose": DIGEST, "tight": DIGEST}) == ["data_inventory.E005"]


def test_a_table_about_people_must_be_erasable():
    class Note(Table):
        learner = models.ForeignKey(User, models.CASCADE)

    assert declared(Note, {"learner": LINK}, **{**HERS, "erase": None}) == ["data_inventory.E006"]


@pytest.mark.parametrize(
    ("scopes", "errors"),
    [
        (None, ["data_inventory.E010"]),
        (models.UUIDField(), ["data_inventory.E010"]),
        (ArrayField(models.UUIDField()), []),
    ],
)
def test_a_table_erased_by_scope_must_have_a_scopes_column(scopes, errors):
    class Guess(Table):
        learner = models.ForeignKey(User, models.CASCADE)

    if scopes:
        scopes.clone().contribute_to_class(Guess, "scopes")
    columns = {"learner": LINK, **({"scopes": CODE} if scopes else {})}
    hers = {**HERS, "erase": data_inventory.WITH_SCOPES, "scope": "adapt"}
    assert declared(Guess, columns, **hers) == errors


@pytest.mark.parametrize("path", ["lerner", "learner__code", "self", "learner__guardian"])
def test_a_subject_that_does_not_lead_to_a_person_is_an_error(path):
    class Note(Table):
        learner = models.ForeignKey(User, models.CASCADE)

    assert declared(Note, {"learner": LINK}, **{**HERS, "subject": path}) == ["data_inventory.E003"]


def test_a_declaration_without_a_model_is_an_error():
    data_inventory.foreign("axes.AccessLog", "no longer installed")
    (message,) = checks.check_orphans(checks.concrete_models())
    assert (message.id, message.obj) == ("data_inventory.E007", "axes.accesslog")


def test_an_abstract_model_and_a_proxy_declare_nothing():
    class Base(Table):
        class Meta(Table.Meta):
            abstract = True

    class Other(User):
        class Meta:
            proxy = True
            app_label = "data_inventory"

    for model in (Base, Other):
        with pytest.raises(TypeError, match="table of its own"):
            data_inventory.holds(**PLAIN, columns={})(model)


@pytest.mark.parametrize("text", ["30", "d", "a month", "-1d", "30 d", ""])
def test_an_invalid_retention_is_refused_at_once(text):
    with pytest.raises(ValueError, match="expected a retention"):
        data_inventory.holds(**{**PLAIN, "retain": text}, columns={})


@pytest.mark.parametrize("regex", ["[a-z]*", "^[a-z]*", "[a-z]*$", r"^a\$"])
def test_an_expression_without_both_anchors_closes_nothing(regex):
    for build in (data_inventory.matches, data_inventory.each_matches):
        with pytest.raises(ValueError, match="anchored"):
            build("verb", regex, name="c")


def test_rows_not_about_people_belong_to_no_person():
    (leaf,) = [h for h in data_inventory.all() if h.label == "audit.Leaf"]
    assert leaf.append_only
    assert leaf.rows_of(uuid4()).query.is_empty()


def test_a_table_with_a_retention_needs_a_clock():
    class Aged(Table):
        began_at = models.DateTimeField()
        seen_at = models.DateTimeField(null=True)

    columns = {"began_at": CLOCK, "seen_at": CLOCK}
    assert declared(Aged, columns, retain="1d") == ["data_inventory.E008"]
    assert declared(Aged, columns, retain="1d", clock="began_at") == []
    assert declared(Aged, columns, retain="1d", clock="seen_at") == ["data_inventory.E008"]
    assert declared(Aged, columns, retain="1d", clock="id") == ["data_inventory.E008"]
    assert declared(Aged, columns, fades_with="estimate") == ["data_inventory.E008"]

    class Part(Table):
        whole = models.ForeignKey(Aged, on_delete=models.CASCADE)

    declared(Aged, columns, retain="1d", clock="began_at")
    assert declared(Part, {"whole": LINK}, retain="1d") == ["data_inventory.E008"]
    assert declared(Part, {"whole": LINK}, retain="1d", clock="whole__began_at") == []
    assert declared(Part, {"whole": LINK}, retain="1d", clock="whole__seen_at") == [
        "data_inventory.E008"
    ]
    assert declared(Part, {"whole": LINK}, retain="1d", clock="other__began_at") == [
        "data_inventory.E008"
    ]


def test_the_only_clock_is_the_one_that_counts():
    class Once(Table):
        at = models.DateTimeField()

    assert declared(Once, {"at": CLOCK}, retain="1d") == []
    assert declaration.registered()[Once].counts_from == "at"


def test_data_from_grants_must_have_a_lifetime():
    class Made(Table):
        at = models.DateTimeField()
        scopes = ArrayField(models.UUIDField())
        sealed = models.BinaryField()

    columns = {"at": CLOCK, "scopes": CODE, "sealed": SEALED}
    assert declared(Made, columns) == ["data_inventory.E009"]
    assert declared(Made, columns, fades_with="estimate") == []
    assert declared(Made, columns, retain="30d") == []
