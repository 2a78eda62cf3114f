"""The list of rules: in words, each with a switch that leaves a leaf."""

from __future__ import annotations

import pytest

from adaptation.rules.active_rules import list_active, shipped_rules
from audit.models import Leaf
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
RULES = "/teach/algebra/rules/"


@pytest.fixture
def teacher(client_for, course, ines):
    return client_for(ines)


def test_every_built_in_rule_is_described_in_words(teacher):
    page = teacher.get(RULES).content.decode()

    for rule in shipped_rules().values():
        assert rule.title in page
    assert "It waits 20 seconds, because most confusion passes by itself" in page
    assert "a hint or seeing a part again" in page
    assert "{dwell}" not in page


def test_a_switch_counts_in_this_course_only_and_leaves_a_leaf(teacher, course, ines):
    teacher.post(RULES, {"rule": "R1", "enabled": "off"})

    assert "R1" not in {rule.id for rule in list_active(course)}
    assert "R1" in {rule.id for rule in list_active(factories.make_course("other"))}
    assert Leaf.objects.get(verb="rule.change").public == "course=algebra enabled=false rule=r1"

    teacher.post(RULES, {"rule": "R1", "enabled": "on"})
    assert "R1" in {rule.id for rule in list_active(course)}


def test_an_unknown_rule_is_404(teacher):
    assert teacher.post(RULES, {"rule": "R77", "enabled": "off"}).status_code == 404
    assert not Leaf.objects.filter(verb="rule.change").exists()


@pytest.mark.parametrize(("name", "status"), [("mia", 403), ("mallory", 404)])
def test_nobody_else_switches(request, client_for, course, name, status):
    client = client_for(request.getfixturevalue(name))

    assert client.post(RULES, {"rule": "R1", "enabled": "off"}).status_code == status
    assert "R1" in {rule.id for rule in list_active(course)}
