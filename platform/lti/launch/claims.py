"""The claims of a launch message, after its signature was verified (LTI 1.3 core, 5.3)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lti.models.platforms import LONGEST_ID

LTI: Final = "https://purl.imsglobal.org/spec/lti/claim/"
GRADES: Final = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
SCORE_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
PRESENTATION: Final = LTI + "launch_presentation"
MEMBERS: Final = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
RESOURCE_LINK, DEEP_LINKING = "LtiResourceLinkRequest", "LtiDeepLinkingRequest"
VERSION: Final = "1.3.0"
# A role, or a sub-role such as …/membership/Instructor#TeachingAssistant, or a short name.
ROLE: Final = re.compile(
    r"http://purl\.imsglobal\.org/vocab/lis/v2/membership(?:#(\w+)|/(\w+)#\w+)|([A-Za-z]+)"
)
LONGEST_TEXT: Final = 200


class InvalidLaunch(Exception):
    """A signed message that is no launch; `why` is one word for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Launch:
    """Who launches what. A field is empty if the platform did not send it.

    `roles` are those in the course, by their short names: Learner, Instructor. `settings` are those
    of deep linking.
    """

    kind: str
    deployment: str
    target: str
    subject: str
    name: str
    roles: frozenset[str]
    context: str
    title: str
    link: str
    custom: Mapping[str, Any]
    line_item: str
    members_url: str
    return_url: str
    settings: Mapping[str, Any]

    @property
    def teaches(self) -> bool:
        return teaches(self.roles)

    @property
    def learns(self) -> bool:
        return learns(self.roles)


def read_launch(claims: Mapping[str, Any]) -> Launch:
    """Return the message. Raises InvalidLaunch."""
    if claims.get(LTI + "version") != VERSION:
        raise InvalidLaunch("version")
    kind = claims.get(LTI + "message_type")
    if kind not in (RESOURCE_LINK, DEEP_LINKING):
        raise InvalidLaunch("message_type")
    context, link = (_read_object(claims, LTI + name) for name in ("context", "resource_link"))
    if LTI + "context" in claims and not read_id(context.get("id")):
        raise InvalidLaunch("context")
    if kind == RESOURCE_LINK and not read_id(link.get("id")):
        raise InvalidLaunch("resource_link")
    return Launch(
        kind=kind,
        deployment=read_id(claims.get(LTI + "deployment_id")),
        target=_read_text(claims.get(LTI + "target_link_uri"), 2000),
        subject=read_id(claims.get("sub")),
        name=_read_name(claims),
        roles=read_roles(claims.get(LTI + "roles")),
        context=read_id(context.get("id")),
        title=_read_text(context.get("title")) or _read_text(context.get("label")),
        link=read_id(link.get("id")),
        custom=_read_object(claims, LTI + "custom"),
        line_item=_read_line_item(_read_object(claims, GRADES)),
        members_url=_read_text(_read_object(claims, MEMBERS).get("context_memberships_url"), 2000),
        return_url=_read_text(_read_object(claims, PRESENTATION).get("return_url"), 2000),
        settings=_read_object(
            claims, "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
        ),
    )


def teaches(roles: Collection[str]) -> bool:
    return "Instructor" in roles or "TeachingAssistant" in roles


def learns(roles: Collection[str]) -> bool:
    """Return whether the person learns there; with both roles, a Teacher here."""
    return "Learner" in roles and not teaches(roles)


def read_roles(value: object) -> frozenset[str]:
    """Return the main roles in the course; a sub-role counts as the role that it belongs to."""
    listed = value if isinstance(value, list) else []
    found = (ROLE.fullmatch(each) for each in listed if isinstance(each, str))
    return frozenset(match[1] or match[2] or match[3] for match in found if match)


def _read_line_item(grades: Mapping[str, Any]) -> str:
    """Return the address for grades, if this site may send them there."""
    scopes = grades.get("scope")
    allowed = isinstance(scopes, list) and SCORE_SCOPE in scopes
    return _read_text(grades.get("lineitem"), 2000) if allowed else ""


def _read_name(claims: Mapping[str, Any]) -> str:
    parts = (_read_text(claims.get(each)) for each in ("given_name", "family_name"))
    return _read_text(claims.get("name")) or " ".join(filter(None, parts))


def _read_object(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = claims.get(name)
    return value if isinstance(value, Mapping) else {}


def read_id(value: object) -> str:
    """Return an opaque id; some platforms send a number."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text.isprintable() or len(text) > LONGEST_ID:
        return ""
    return text


def _read_text(value: object, longest: int = LONGEST_TEXT) -> str:
    """Return the text as one line, or "" if it is too long or has unprintable characters."""
    if not isinstance(value, str):
        return ""
    line = " ".join(value.split())
    return line if len(line) <= longest and line.isprintable() else ""
