"""Leaves of the audit: one for each sensitive act, never changed, in the act's own transaction.

A person stands here as an HMAC under their salt in the keystore. The salt is destroyed with the
account, and from then on a leaf still verifies but names nobody (I-13); therefore the table is
about nobody in the sense of `holdings`, and forgetting it is the keystore's work.
"""

from __future__ import annotations

import uuid

from django.db import models

from audit.verbs import PUBLIC_FORM, VERBS
from holdings import CLOCK, CODE, DIGEST, SEALED, closed, holds, long, matches


@holds(
    subject=None,
    category="audit",
    scope="identity",
    columns={
        "id": CODE,
        "at": CLOCK,
        "verb": CODE,
        "actor_ref": DIGEST,
        "subject_ref": DIGEST,
        "public": CODE,
        "private_sealed": SEALED,
        "private_hash": DIGEST,
        "leaf_hash": DIGEST,
    },
    erase=None,
    retain=None,
    append_only=True,
)
class Leaf(models.Model):
    """One act. `leaf_hash` covers every column but the sealed one, which `private_hash` covers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(db_index=True)
    verb = models.CharField(max_length=32)
    actor_ref = models.BinaryField(null=True, db_index=True)
    subject_ref = models.BinaryField(null=True, db_index=True)
    public = models.CharField(max_length=2000, blank=True)
    private_sealed = models.BinaryField(null=True)
    private_hash = models.BinaryField()
    leaf_hash = models.BinaryField(unique=True)

    class Meta:
        constraints = [
            closed("verb", VERBS, name="audit_leaf_verb"),
            matches("public", PUBLIC_FORM, name="audit_leaf_public"),
            long("actor_ref", 32, name="audit_leaf_actor_ref"),
            long("subject_ref", 32, name="audit_leaf_subject_ref"),
            long("private_hash", 32, name="audit_leaf_private_hash"),
            long("leaf_hash", 32, name="audit_leaf_leaf_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.at:%Y-%m-%d %H:%M:%S} {self.public}".rstrip()
