"""The database accepts free text only in columns that are about no person (I-8).

Each declared table is copied with its CHECK constraints, and a sentence is put into each unsealed
column. So a column is covered as soon as it is declared.
"""

from __future__ import annotations

import json

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import DatabaseError, connection, models, transaction

import data_inventory
from data_inventory import PUBLIC, SEALED

pytestmark = pytest.mark.django_db
SENTENCE = "Mia? she wept"
TEXTS = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
# Texts by authors and by the site that are about no person.
OURS = {
    "accounts_siterecord": {"name", "controller", "contact", "officer"},
    "adaptation_ruleversion": {"body"},
    "consent_notice": {"body"},
    "consent_showntext": {"body"},
    "estimates_predictor": {"name", "card"},
    "authoring_arrival": {"name", "title", "part", "parts", "changes", "counts", "left_out", "why"},
    "authoring_speechdraft": {"cues", "why"},
    "authoring_upload": {"why"},
    "authoring_pagelayout": {"unit", "measures"},
    "authoring_version": {"package", "note"},
    "lti_learningplatform": {
        "name",
        "issuer",
        "client_id",
        "login_url",
        "token_url",
        "keys_url",
        "audience",
        "deployments",
    },
    "lti_platformcourse": {"deployment", "context", "title", "members_url"},
    "lti_platformlink": {"link", "line_item"},
    "lti_toolkey": {"public"},
    "stewardship_importrun": {"tally"},
    "teaching_replay": {"body"},
    "research_run": {"figures"},
    "research_snapshot": {"why"},
    "research_study": {"title", "approval"},
}


def columns():
    """Yield (table, column, its field, its kind) for each column that could hold a sentence."""
    for holding in data_inventory.all():
        for field in holding.model._meta.local_concrete_fields:
            inner = field.base_field if isinstance(field, ArrayField) else field
            kind = holding.columns[field.name]
            if isinstance(inner, TEXTS) and kind is not SEALED:
                yield holding.model._meta.db_table, field, kind


def value_for(field):
    if isinstance(field, ArrayField):
        return [value_for(field.base_field)]
    if isinstance(field, models.JSONField):
        return json.dumps({"note": SENTENCE})
    if isinstance(field, models.BinaryField):
        return SENTENCE.encode()
    return SENTENCE[: field.max_length]


def accepted(table, column, value):
    """Return whether the table's constraints accept the value, whatever the rest of the row."""
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE copy (LIKE {table} INCLUDING CONSTRAINTS)")
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'copy'::regclass AND attnum > 0"
            " AND attnotnull"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE copy ALTER "{name}" DROP NOT NULL')
        try:
            with transaction.atomic():
                cursor.execute(f'INSERT INTO copy ("{column}") VALUES (%s)', [value])
        except DatabaseError:
            return False
        finally:
            cursor.execute("DROP TABLE copy")
        return True


def test_no_column_about_a_person_accepts_free_text():
    opened = {
        (table, field.column)
        for table, field, kind in columns()
        if accepted(table, field.column, value_for(field))
    }
    courses = {model._meta.db_table for model in apps.get_app_config("courses").get_models()}
    about_nobody = {
        (table, field.column)
        for table, field, kind in columns()
        if kind is PUBLIC and (table in courses or field.column in OURS.get(table, ()))
    }
    assert opened <= about_nobody, opened - about_nobody
    assert len(opened) > 20, "the sentence fits nowhere, so this looked at nothing"


def test_a_column_without_its_constraint_is_detected():
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_leaf DROP CONSTRAINT audit_leaf_verb")
        cursor.execute("ALTER TABLE audit_leaf ALTER verb TYPE varchar(32)")
    assert accepted("audit_leaf", "verb", SENTENCE)
