"""Migrations run while old code still serves; those that would break it are detected.

The first migration of each app creates its tables and may do anything.
"""

from __future__ import annotations

from django.apps import apps
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader

FORBIDDEN = (
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AddIndex,
    migrations.AddConstraint,
    migrations.RunPython,
)


def faults(migration):
    """Return what in this migration the old code or a full table would not tolerate."""
    return [fault for operation in migration.operations if (fault := _fault(operation))]


def _fault(operation):
    if type(operation) in FORBIDDEN:
        return f"{type(operation).__name__} stops others; see docs/operations.md"
    if isinstance(operation, migrations.AddField):
        field = operation.field
        if not field.null and field.db_default is models.NOT_PROVIDED:
            return f"AddField {operation.name}: the old code does not fill it"
    return None


def ours_after_the_first():
    found = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    mine = {app.label for app in apps.get_app_configs() if "site-packages" not in app.path}
    return [
        migration
        for (app, name), migration in found.items()
        if app in mine and not name.startswith("0001")
    ]


def test_no_migration_breaks_running_code():
    assert {str(one): faults(one) for one in ours_after_the_first() if faults(one)} == {}


def migration(*operations):
    made = migrations.Migration("0002_planted", "courses")
    made.operations = list(operations)
    return made


def test_each_planted_fault_is_detected():
    index = models.Index(fields=["title"], name="planted")
    planted = [
        migrations.RenameField("course", "title", "name"),
        migrations.AddField("course", "colour", models.TextField()),
        migrations.AddIndex("course", index),
        migrations.RunPython(print),
    ]
    assert [len(faults(migration(each))) for each in planted] == [1, 1, 1, 1]


def test_harmless_operations_are_no_fault():
    free = [
        migrations.AddField("course", "colour", models.TextField(null=True)),
        migrations.AddField("course", "size", models.IntegerField(db_default=0)),
        AddIndexConcurrently("course", models.Index(fields=["title"], name="planted")),
    ]
    assert faults(migration(*free)) == []
