"""Claims: a sub-role counts as its main role, and an id is text that can be printed."""

from __future__ import annotations

import pytest

from lti.launch import claims
from lti.launch.claims import InvalidLaunch, read_launch, read_roles

ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership"
MESSAGE = {
    claims.LTI + "version": "1.3.0",
    claims.LTI + "message_type": "LtiResourceLinkRequest",
    claims.LTI + "resource_link": {"id": "link-1"},
}


@pytest.mark.parametrize(
    ("role", "found"),
    [
        (f"{ROLE}#Learner", {"Learner"}),
        (f"{ROLE}/Learner#Instructor", {"Learner"}),
        (f"{ROLE}/Instructor#TeachingAssistant", {"Instructor"}),
        ("Instructor", {"Instructor"}),
        ("Learner,#Instructor", set()),
        (f"{ROLE}#Learner#Instructor", set()),
        ("http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor", set()),
        ("https://evil.example#Instructor", set()),
    ],
)
def test_a_role_is_the_main_one_of_the_course(role, found):
    assert read_roles([role]) == found


@pytest.mark.parametrize("context", [{}, {"id": "x" * 256}, {"id": "\ud800"}, {"id": None}, "x"])
def test_a_course_without_a_usable_id_is_refused(context):
    with pytest.raises(InvalidLaunch) as refused:
        read_launch({**MESSAGE, claims.LTI + "context": context})
    assert refused.value.why == "context"


def test_a_link_outside_a_course_has_no_course():
    assert read_launch(MESSAGE).context == ""
