"""Tree heads: signed with the site's key over all leaves, each minute or each thousand leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from audit import merkle, sequencer, tree_heads
from audit.models import Leaf, TreeHead
from tests.platform.audit.conftest import START, act
from vault import signing

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def hashes():
    leaves = Leaf.objects.order_by("position__seq").values_list("leaf_hash", flat=True)
    return [bytes(hashed) for hashed in leaves]


def sizes():
    return list(TreeHead.objects.order_by("size").values_list("size", flat=True))


def test_there_is_no_head_before_there_is_a_leaf():
    sequencer.sweep(now=START)
    assert tree_heads.load_latest() is None


def test_a_head_is_the_root_of_all_leaves_signed_with_the_key_of_the_site():
    act(5)
    sequencer.sweep(now=START)
    head = tree_heads.load_latest()
    assert (head.size, head.at, head.public_key) == (5, START, signing.public_key())
    assert head.root == merkle.compute_root(hashes())
    said = tree_heads.signed_message(5, head.root, START)
    assert said == f"5\n{head.root.hex()}\n2026-11-20T09:00:00.000000+00:00\n".encode()
    assert signing.is_signed(signing.TREE_HEAD, said, head.signature, head.public_key)
    assert not signing.is_signed(signing.CERTIFICATE, said, head.signature, head.public_key)


def test_a_head_is_exported_in_hex_and_utc():
    act(2)
    sequencer.sweep(now=START)
    head = tree_heads.load_latest()
    assert head.as_dict() == {
        "size": 2,
        "root": head.root.hex(),
        "at": "2026-11-20T09:00:00.000000+00:00",
        "signature": head.signature.hex(),
        "public_key": head.public_key.hex(),
    }


@pytest.mark.parametrize(
    ("more", "later", "made"),
    [(3, 59, False), (3, 60, True), (0, 600, False), (999, 1, False), (1000, 1, True)],
)
def test_a_new_head_comes_after_a_minute_or_a_thousand_leaves(more, later, made):
    act(2)
    sequencer.sweep(now=START)
    act(more)
    sequencer.sweep(now=START + timedelta(seconds=later))
    assert sizes() == ([2, 2 + more] if made else [2])


def test_each_head_goes_on_from_the_one_before_without_reading_its_leaves(
    django_assert_num_queries, monkeypatch
):
    read = []
    entries = tree_heads._load_entries
    monkeypatch.setattr(
        tree_heads, "_load_entries", lambda *span: read.append(span) or entries(*span)
    )
    for minute, count in enumerate((5, 1, 7, 64, 3)):
        act(count)
        sequencer.sweep(now=START + minute * MINUTE)
        assert tree_heads.load_latest().root == merkle.compute_root(hashes())
    assert read == [(0, 5), (5, 6), (6, 13), (13, 77), (77, 80)]


@pytest.mark.parametrize(
    "changed", [{"root": b"x" * 32}, {"signature": b"x" * 64}, {"frontier": "ab" * 32}]
)
def test_nothing_is_built_on_a_head_that_was_changed(changed):
    act(3)
    sequencer.sweep(now=START)
    act(3)
    sequencer.assign_positions()
    with connection.as_owner():
        TreeHead.objects.update(**changed)
    with pytest.raises(tree_heads.BrokenHead):
        sequencer.sign_head(now=START + MINUTE)
    assert sizes() == [3]


def test_no_head_is_signed_over_a_deleted_leaf():
    act(3)
    sequencer.assign_positions()
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_position WHERE seq = 1")
    with pytest.raises(tree_heads.BrokenHead, match="1 of the leaves"):
        sequencer.sign_head(now=START)
