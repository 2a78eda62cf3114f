"""The Steward's audit page: each leaf, its position, the signed state, and the witnesses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

import audit
from audit import sequencer, tree_heads, witness_publisher
from audit.models import Leaf
from stewardship.audit_log import entries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.AUDIT_WITNESS_FILE = tmp_path / "witness.jsonl"
    settings.AUDIT_WITNESS_URL = ""


@pytest.fixture
def page(client_for, amir):
    client = client_for(amir)

    def text():
        return client.get("/steward/audit/").content.decode()

    return text


@transaction.atomic
def act(count=1):
    for number in range(count):
        audit.record("demo.seed", actor=None, subject=None, public={"n": number})


def test_before_the_first_sweep_there_is_no_head_and_every_leaf_is_pending(page):
    text = page()
    assert "No signed checkpoint yet" in text
    assert "waiting for a position</span>" in text
    assert entries.load_tree_state().waiting == Leaf.objects.count() > 0


def test_the_newest_head_is_shown_with_the_leaves_not_under_it_yet(page, now):
    sequencer.sweep(now=now)
    act(3)
    sequencer.assign_positions()
    act(2)
    state, head = entries.load_tree_state(), tree_heads.load_latest()
    assert (state.size, state.at, state.uncovered, state.waiting) == (head.size, now, 3, 2)
    assert state.root == f"{head.root.hex()[:8]}…{head.root.hex()[-8:]}"
    assert state.root in page()
    assert [entry.place for entry in entries.load_page().entries] == [
        None, None, *range(head.size + 2, -1, -1),
    ]  # fmt: skip


def test_a_witness_that_lacks_a_head_is_shown(page, now, settings):
    sequencer.sweep(now=now)
    assert [(each.at, each.lacks) for each in entries.load_tree_state().witnesses] == [(None, 1)]
    assert "1 checkpoint waiting to be sent" in page()
    witness_publisher.publish_to_file(now=now)
    assert [(each.at, each.lacks) for each in entries.load_tree_state().witnesses] == [(now, 0)]
    act()
    sequencer.sweep(now=now + timedelta(minutes=2))
    settings.AUDIT_WITNESS_URL = "https://witness.example/"
    assert [each.lacks for each in entries.load_tree_state().witnesses] == [1, 2]
    assert "checkpoints waiting to be sent" in page()


def test_a_site_without_a_file_names_its_address_alone(page, now, settings):
    settings.AUDIT_WITNESS_FILE, settings.AUDIT_WITNESS_URL = None, "https://witness.example/"
    sequencer.sweep(now=now)
    assert [each.name for each in entries.load_tree_state().witnesses] == ["the external address"]
    assert "the file on this site" not in page()


def test_leaves_of_one_moment_are_each_on_one_page(amir):
    act(entries.PAGE_SIZE + 7)
    with connection.as_owner():
        Leaf.objects.update(at=Leaf.objects.latest("at").at)
    first = entries.load_page()
    second = entries.load_page(Leaf.objects.get(id=first.older))
    assert len(first.entries) == entries.PAGE_SIZE
    assert len(second.entries) == Leaf.objects.count() - entries.PAGE_SIZE
