"""Compare acts with leaves: each consent event and erasure has its leaf, and vice versa (I-19).

One statement reads both sides, so an act that is committed meanwhile is on both or on neither.

A leaf names a person by a hash that can be computed only with their salt. An erased person has no
salt and no events any more, so their leaves remain without an act. The number of people among these
leaves must not exceed the number of people erased.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models.functions import Coalesce

from audit import leaves
from audit.findings import AuditFindings
from privacy.models import Erasure

CONSENTS = """
SELECT true, u.code, NULL::bytea, 'consent.' || e.verb, 'epoch=' || e.epoch || ' scope=' || e.scope
FROM consent_event e JOIN accounts_user u ON u.id = e.learner
UNION ALL
SELECT false, NULL, l.subject_ref, l.verb, l.public FROM audit_leaf l WHERE l.verb LIKE 'consent.%%'
"""
ERASURES = """
SELECT true, e.id::text FROM privacy_erasure e
UNION ALL
SELECT false, l.public FROM audit_leaf l WHERE l.verb = 'erasure.ask'
"""
# One change of a Grant, as on both sides: person hash, verb, scope, epoch.
ConsentChange = tuple[bytes, str, str, str]


def compare_all(found: AuditFindings) -> int:
    """Compare all acts with their leaves; return the number of acts."""
    return compare_consents(found) + compare_erasures(found)


def compare_consents(found: AuditFindings) -> int:
    """Compare the events of Grants with their leaves, by person, scope and epoch."""
    refs: dict[UUID, bytes] = {}
    events: Counter[ConsentChange] = Counter()
    leaf_counts: Counter[ConsentChange] = Counter()
    for is_event, code, ref, verb, public in _rows(CONSENTS):
        values = _parse_public(public)
        if is_event and code not in refs:
            refs[code] = leaves.person_ref(code) or b""
        person = refs[code] if is_event else bytes(ref or b"")
        side = events if is_event else leaf_counts
        side[person, verb, values.get("scope", ""), values.get("epoch", "")] += 1
    _report_differences(found, events, leaf_counts, known=set(refs.values()))
    return events.total()


def compare_erasures(found: AuditFindings) -> int:
    """Compare Erasures with their leaves, by id."""
    acts: Counter[str] = Counter()
    leaf_counts: Counter[str] = Counter()
    for is_act, text in _rows(ERASURES):
        if is_act:
            acts[text] += 1
        else:
            leaf_counts[_parse_public(text).get("erasure", "")] += 1
    for number in sorted(acts - leaf_counts):
        found.add("act_without_leaf", f"erasure {number}", "has no leaf erasure.ask")
    for number in sorted(leaf_counts - acts):
        found.add("leaf_without_act", f"erasure {number}", "has a leaf erasure.ask, but no row")
    return acts.total()


def _report_differences(
    found: AuditFindings,
    events: Counter[ConsentChange],
    leaf_counts: Counter[ConsentChange],
    *,
    known: set[bytes],
) -> None:
    for change in sorted(events - leaf_counts):
        found.add("act_without_leaf", _describe_change(change), "a consent event has no leaf")
    without_event = set()
    for change in sorted(leaf_counts - events):
        if change[0] in known:
            found.add("leaf_without_act", _describe_change(change), "a leaf has no consent event")
        without_event.add(change[0])
    # A certified Erasure has no subject any more and counts as one person.
    whole = Erasure.objects.filter(scopes__isnull=True)
    erased = whole.values(who=Coalesce("subject", "id")).distinct().count()
    strangers = len(without_event - known)
    if strangers > erased:
        text = f"leaves of {strangers} people without an event, but only {erased} were erased"
        found.add("leaf_without_act", "consents", text)


def _describe_change(change: ConsentChange) -> str:
    """Return the change without naming the person; a prefix of the hash identifies the leaf."""
    person, verb, scope, epoch = change
    return f"{verb} {scope} epoch {epoch} of {person.hex()[:12]}"


def _parse_public(public: str) -> Mapping[str, str]:
    return dict(pair.partition("=")[::2] for pair in public.split())


def _rows(statement: str) -> Iterable[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
