"""What a `not` with several conditions excludes."""

from __future__ import annotations

import pytest

from authoring.formats.qti12.conditions import ReplyContext, is_fulfilled
from authoring.formats.text.safe_xml import parse
from tests.platform.authoring.formats.qti12.items import equal


def is_allowed(conditions, *reply, **known):
    xml = f"<r><conditionvar><not>{conditions}</not></conditionvar></r>"
    return is_fulfilled(parse(xml.encode(), "item.xml"), ReplyContext({"R": reply}, **known))


@pytest.mark.parametrize("reply", ["a", "b", "ab", "ac"])
def test_of_several_choices_none_may_be_selected(reply):
    several = {"several": frozenset("R")}
    assert not is_allowed(equal("a") + equal("b"), *reply, **several)
    assert is_allowed(equal("a") + equal("b"), "c", **several)


def test_of_an_order_only_that_order_is_excluded():
    ordered = {"several": frozenset("R"), "ordered": frozenset("R")}
    assert not is_allowed(equal("a") + equal("b"), "a", "b", **ordered)
    assert is_allowed(equal("a") + equal("b"), "b", "a", **ordered)


def test_of_two_bounds_only_what_is_between_is_excluded():
    bounds = '<vargte respident="R">2</vargte><varlte respident="R">3</varlte>'
    numbers = {"numbers": frozenset("R")}
    assert not is_allowed(bounds, "2.5", **numbers)
    assert is_allowed(bounds, "1", **numbers)
    assert is_allowed(bounds, "4", **numbers)
