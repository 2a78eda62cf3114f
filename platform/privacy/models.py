"""The record of an erasure: what was requested, how far it got and how many rows were erased.

It outlives the account as the proof of the erasure. It names its subject only by code, and only as
long as its steps need it.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from consent.scopes import scope_pattern
from data_inventory import CLOCK, CODE, DIGEST, NUMBER, PUBLIC, closed, has_length, holds, matches
from privacy.export.models import RecordsSent as RecordsSent
from privacy.retention.legal_holds import Hold as Hold
from privacy.subject_requests.requests import PrivacyRequest as PrivacyRequest

CAUSES = ("withdrawal", "request", "retention", "legal", "undo")
STATES = (
    "asked",
    "frozen",
    "shredded",
    "rows",
    "derived",
    "rotated",
    "verified",
    "certified",
)
# Result of the disk search: no bytes found, some found, or files out of reach.
DISK = ("", "gone", "left", "elsewhere")
# {"table or word": number, …}, as PostgreSQL writes it; ids of keys in hex; canonical JSON.
COUNTS = r'^\{("[a-z][a-z0-9_]{0,62}": [0-9]{1,18}(, )?)*\}$'
KEY_IDS = r"^([0-9a-f]{16}( [0-9a-f]{16})*)?$"
# The service that destroyed a master key, and the key's name there.
MASTER_KEY = r"^((file|transit|pkcs11):[a-z0-9_.-]{1,80})?$"
CERTIFICATE = r'^(\{[a-z0-9_.:+,"{}[\]T-]*\})?$'


@holds(
    subject=None,
    category="erasure",
    scope=None,
    columns={
        "id": CODE,
        "subject": CODE,
        "scopes": CODE,
        "cause": CODE,
        "state": CODE,
        "asked_at": CLOCK,
        "frozen_at": CLOCK,
        "shredded_at": CLOCK,
        "rows_at": CLOCK,
        "derived_at": CLOCK,
        "rotated_at": CLOCK,
        "verified_at": CLOCK,
        "certified_at": CLOCK,
        "counts": PUBLIC,
        "key_ids": CODE,
        "subject_ref": DIGEST,
        "flagged": NUMBER,
        "generation": NUMBER,
        "master_key": CODE,
        "disk": CODE,
        "searched_at": CLOCK,
        "bytes_gone_at": CLOCK,
        "searched_files": NUMBER,
        "searched_bytes": NUMBER,
        "needles": NUMBER,
        "found": NUMBER,
        "search_digest": DIGEST,
        "certificate": CODE,
    },
    retain=None,
)
class Erasure(models.Model):
    """One erasure; `scopes` NULL = everything about the subject.

    Its state only moves forward, except for another rotation if a key was made late
    (`erasure.destroy_late_keys`).

    `key_ids` are the ids of the destroyed keys, in hex: a search of the disk looks for them as
    bytes and must not find its own list. `subject_ref` identifies the subject to the holder of the
    claim code. `master_key` is the newest master key that was destroyed by then, and all before it
    are too. `subject` is cleared after the certificate if the account is gone
    (`erasure_completion`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.UUIDField(db_index=True, null=True)
    scopes = ArrayField(models.CharField(max_length=24), null=True)
    cause = models.CharField(max_length=10)
    state = models.CharField(max_length=9, default="asked")
    asked_at = models.DateTimeField(default=timezone.now)
    frozen_at = models.DateTimeField(null=True)
    shredded_at = models.DateTimeField(null=True)
    rows_at = models.DateTimeField(null=True)
    derived_at = models.DateTimeField(null=True)
    rotated_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    certified_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    key_ids = models.TextField(default="", blank=True)
    subject_ref = models.BinaryField(null=True)
    flagged = models.PositiveIntegerField(null=True)
    generation = models.PositiveIntegerField(null=True)
    master_key = models.CharField(max_length=96, default="", blank=True)
    disk = models.CharField(max_length=9, default="", blank=True)
    searched_at = models.DateTimeField(null=True)
    bytes_gone_at = models.DateTimeField(null=True)
    searched_files = models.PositiveIntegerField(null=True)
    searched_bytes = models.BigIntegerField(null=True)
    needles = models.PositiveIntegerField(null=True)
    found = models.PositiveIntegerField(null=True)
    search_digest = models.BinaryField(null=True)
    certificate = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            closed("cause", CAUSES, name="privacy_erasure_cause"),
            closed("state", STATES, name="privacy_erasure_state"),
            models.CheckConstraint(
                condition=models.Q(subject__isnull=False) | models.Q(state="certified"),
                name="privacy_erasure_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(scopes__isnull=True)
                | models.Q(scopes__each_regex=scope_pattern("adapt", "research")),
                name="privacy_erasure_scopes",
            ),
            closed("disk", DISK, name="privacy_erasure_disk"),
            matches("counts", COUNTS, name="privacy_erasure_counts"),
            matches("key_ids", KEY_IDS, name="privacy_erasure_key_ids"),
            matches("certificate", CERTIFICATE, name="privacy_erasure_certificate"),
            matches("master_key", MASTER_KEY, name="privacy_erasure_master_key"),
            has_length("subject_ref", 32, name="privacy_erasure_subject_ref"),
            has_length("search_digest", 32, name="privacy_erasure_search_digest"),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=~models.Q(state="certified"),
                name="privacy_erasure_open",
            ),
        ]

    def subject_code(self) -> uuid.UUID:
        """Return the code of the person it is about. Raises LookupError once that is cleared."""
        if self.subject is None:
            raise LookupError(f"the erasure {self.id} is over and names no account")
        return self.subject

    def destroyed(self) -> list[bytes]:
        """Return the ids of the destroyed keys; a sealed value has its key ids in its head."""
        return [bytes.fromhex(id) for id in self.key_ids.split()]
