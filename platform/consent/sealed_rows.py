"""Abstract models of rows made under Grants: each names the (scope, epoch) pairs it was made under.

A trigger refuses a row whose pairs are not all live, and a row is deleted with any of them (I-1).
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from consent.scopes import scope_pattern
from data_inventory import each_matches


class ScopedRow(models.Model):
    """A row with as many epochs as scopes."""

    scopes = ArrayField(models.CharField(max_length=24))
    epochs = ArrayField(models.BigIntegerField())

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scopes__len=models.F("epochs__len")),
                name="%(app_label)s_%(class)s_pairs",
            ),
        ]


class SealedRow(ScopedRow):
    """A row with a value sealed under the keys of its scopes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sealed = models.BinaryField()

    class Meta(ScopedRow.Meta):
        abstract = True


def limit_scopes(*purposes: str, reports: bool = False) -> models.CheckConstraint:
    """Build the constraint that rows were made under scopes for these purposes and no others.

    `reports`: `reports:teach` is allowed too.
    """
    pattern = scope_pattern(*purposes, reports=reports)
    return each_matches("scopes", pattern, name="%(app_label)s_%(class)s_scopes")
