"""The whole road, and who gets in: names appear when both have accepted, and not before."""

from __future__ import annotations

import pytest

from peers.models import PeerPair

pytestmark = pytest.mark.django_db


def test_names_are_shown_to_both_only_after_both_accepted(peers):
    pair = peers.pair()

    asked = peers.text("mia")
    assert "A classmate can help you with slope" in asked
    assert "noah" not in asked
    assert "Your pairs" not in peers.text("noah")

    assert peers.do("mia", pair, "accept").status_code == 302
    asked = peers.text("noah")
    assert "A classmate would like your help with slope" in asked
    assert "mia" not in asked
    assert "noah" not in peers.text("mia")

    assert peers.do("noah", pair, "accept").status_code == 302
    assert "noah helps you with slope" in peers.text("mia")
    assert "You help mia with slope" in peers.text("noah")
    assert "both accepted" in peers.text("ines", peers.teach_url)
    assert f"/units/{peers.quiz.code}/discussion/#ask" in peers.text("mia")
    assert PeerPair.objects.get().state == "paired"
