"""Acts against leaves: each consent event and each erasure has its leaf, and each such leaf its act
(I-19). One statement reads both sides, so an act that is committed meanwhile is on both or none.

A leaf names a person by a hash that only their salt can make again. Whoever was erased has no salt
and no events any more: their leaves stay without an act, and there may be no more people among
them than were erased.
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
# One change of a Grant as both sides know it: whose, what, scope and epoch.
Change = tuple[bytes, str, str, str]


def check(found: AuditFindings) -> int:
    """How many acts were compared with their leaves."""
    return check_consents(found) + check_erasures(found)


def check_consents(found: AuditFindings) -> int:
    """Each event of a Grant, by person, scope and epoch."""
    refs: dict[UUID, bytes] = {}
    events: Counter[Change] = Counter()
    told: Counter[Change] = Counter()
    for is_event, code, ref, verb, public in _rows(CONSENTS):
        said = _said(public)
        if is_event and code not in refs:
            refs[code] = leaves.person_ref(code) or b""
        whose = refs[code] if is_event else bytes(ref or b"")
        side = events if is_event else told
        side[whose, verb, said.get("scope", ""), said.get("epoch", "")] += 1
    _compare_consents(found, events, told, known=set(refs.values()))
    return events.total()


def check_erasures(found: AuditFindings) -> int:
    """Each Erasure, by its number."""
    acts: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for is_act, text in _rows(ERASURES):
        if is_act:
            acts[text] += 1
        else:
            told[_said(text).get("erasure", "")] += 1
    for number in sorted(acts - told):
        found.add("act_without_leaf", f"erasure {number}", "has no leaf erasure.ask")
    for number in sorted(told - acts):
        found.add("leaf_without_act", f"erasure {number}", "has a leaf erasure.ask, but no row")
    return acts.total()


def _compare_consents(
    found: AuditFindings, events: Counter[Change], told: Counter[Change], *, known: set[bytes]
) -> None:
    for change in sorted(events - told):
        found.add("act_without_leaf", _where(change), "a consent event has no leaf")
    gone = set()
    for change in sorted(told - events):
        if change[0] in known:
            found.add("leaf_without_act", _where(change), "a leaf has no consent event")
        gone.add(change[0])
    # A certified one has lost its subject, and counts for itself.
    whole = Erasure.objects.filter(scopes__isnull=True)
    erased = whole.values(who=Coalesce("subject", "id")).distinct().count()
    strangers = len(gone - known)
    if strangers > erased:
        text = f"leaves of {strangers} people without an event, but only {erased} were erased"
        found.add("leaf_without_act", "consents", text)


def _where(change: Change) -> str:
    """Whose it is stays unsaid: the first signs of the hash find the leaf."""
    whose, verb, scope, epoch = change
    return f"{verb} {scope} epoch {epoch} of {whose.hex()[:12]}"


def _said(public: str) -> Mapping[str, str]:
    return dict(pair.partition("=")[::2] for pair in public.split())


def _rows(statement: str) -> Iterable[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
