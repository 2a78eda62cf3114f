"""Audit models: a leaf for each sensitive act, in the act's own transaction, and never changed.

Order and proofs are added without changing a leaf (I-20). A new leaf waits until the sequencer
gives it a Position; a TreeHead is the signed state of all positions below its size.

A leaf names a person by an HMAC under their salt in the keystore. The salt is destroyed with the
account; afterwards the leaf still verifies but identifies no one (I-13). So for `data_inventory`
this table is not about people, and the keystore does the forgetting.
"""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.db import models

from audit.verbs import PUBLIC_FORM, VERBS
from data_inventory import (
    CLOCK,
    CODE,
    DIGEST,
    LINK,
    NUMBER,
    SEALED,
    closed,
    has_length,
    holds,
    matches,
)

WITNESSES = ("file", "web")


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
    """One act. `leaf_hash` covers every column but the sealed one, which `private_hash` covers.

    A trigger adds each new leaf to `audit_waiting`, whatever code inserted it.
    """

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
            has_length("actor_ref", 32, name="audit_leaf_actor_ref"),
            has_length("subject_ref", 32, name="audit_leaf_subject_ref"),
            has_length("private_hash", 32, name="audit_leaf_private_hash"),
            has_length("leaf_hash", 32, name="audit_leaf_leaf_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.at:%Y-%m-%d %H:%M:%S} {self.public}".rstrip()


@holds(
    subject=None,
    category="audit",
    scope=None,
    columns={"leaf": CODE},
    erase=None,
    retain=None,
    export=False,
)
class Waiting(models.Model):
    """A leaf without a Position; the sequencer deletes the row.

    A query "id > last" would miss leaves that commit late.
    """

    leaf = models.UUIDField(primary_key=True)


@holds(
    subject=None,
    category="audit",
    scope=None,
    columns={
        "id": CODE,
        "at": CLOCK,
        "verb": CODE,
        "actor": CODE,
        "subject": CODE,
        "public": CODE,
    },
    erase=None,
    retain=None,
    export=False,
)
class DelayedLeaf(models.Model):
    """An act whose leaf waits for the keystore; `audit.delayed_leaves` writes it and deletes this.

    It names people by code until then, which is before the keys of any of them are destroyed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField()
    verb = models.CharField(max_length=32)
    actor = models.UUIDField(null=True)
    subject = models.UUIDField(null=True)
    public = models.CharField(max_length=2000, blank=True)
    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        constraints = [
            closed("verb", VERBS, name="audit_delayed_verb"),
            matches("public", PUBLIC_FORM, name="audit_delayed_public"),
        ]


@holds(
    subject=None,
    category="audit",
    scope=None,
    columns={"seq": NUMBER, "leaf": LINK},
    erase=None,
    retain=None,
    append_only=True,
)
class Position(models.Model):
    """The position of a leaf in the tree: one per leaf, counted from 0 without gaps."""

    seq = models.BigIntegerField(primary_key=True)
    leaf = models.OneToOneField(Leaf, on_delete=models.PROTECT, related_name="position")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(seq__gte=0), name="audit_position_seq"),
        ]


@holds(
    subject=None,
    category="audit",
    scope=None,
    columns={
        "size": NUMBER,
        "root": DIGEST,
        "at": CLOCK,
        "signature": DIGEST,
        "frontier": DIGEST,
    },
    erase=None,
    retain=None,
    append_only=True,
)
class TreeHead(models.Model):
    """The signed root over the positions below `size`.

    The `frontier`, in hex, is the starting point of the next head, so that no pass reads older
    leaves.
    """

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    at = models.DateTimeField()
    signature = models.BinaryField()
    frontier = models.CharField(max_length=64 * 64)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(size__gt=0), name="audit_treehead_size"),
            has_length("root", 32, name="audit_treehead_root"),
            has_length("signature", 64, name="audit_treehead_signature"),
            matches("frontier", r"^([0-9a-f]{64})+$", name="audit_treehead_frontier"),
        ]


@holds(
    subject=None,
    category="audit",
    scope=None,
    columns={"id": NUMBER, "head": LINK, "by": CODE, "at": CLOCK},
    erase=None,
    retain=None,
    append_only=True,
)
class Witnessed(models.Model):
    """Records that a head was published to a witness."""

    head = models.ForeignKey(TreeHead, on_delete=models.PROTECT, related_name="witnessed")
    by = models.CharField(max_length=4)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            closed("by", WITNESSES, name="audit_witnessed_by"),
            models.UniqueConstraint(fields=["head", "by"], name="audit_witnessed_once"),
        ]
