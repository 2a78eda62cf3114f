"""The request to choose content, and the signed answer with it (Deep Linking 2.0)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.core import signing
from django.utils.translation import gettext as _

from courses.models import Course, Question, Unit
from lti import tool_keys
from lti.addresses import is_callable
from lti.launch.claims import LTI, VERSION, Launch
from lti.models import LearningPlatform, PlatformCourse
from lti.services.score_messages import MAXIMUM

DEEP: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/"
RESPONSE: Final = "LtiDeepLinkingResponse"
LINK_TYPE: Final = "ltiResourceLink"
SALT: Final = "lti.deep_linking"
VALID_FOR: Final = timedelta(hours=1)
LONGEST_DATA: Final = 16_000


@dataclass(frozen=True, slots=True)
class ContentRequest:
    """What the platform asked for; the page of the choice carries it, signed by us.

    `data` goes back as it came. `graded`: whether a link may bring a column of the gradebook there.
    """

    number: str
    within: str
    return_url: str
    data: str
    several: bool
    graded: bool


def read_request(within: PlatformCourse, launch: Launch) -> ContentRequest | None:
    """Return the request, or None if this site has nothing that the platform accepts."""
    asked = launch.settings
    accepted, return_url = asked.get("accept_types"), asked.get("deep_link_return_url")
    data = asked.get("data", "")
    if not isinstance(accepted, list) or LINK_TYPE not in accepted:
        return None
    if not isinstance(return_url, str) or not is_callable(return_url):
        return None
    if not isinstance(data, str) or len(data) > LONGEST_DATA:
        return None
    return ContentRequest(
        number=secrets.token_hex(16),
        within=str(within.id),
        return_url=return_url,
        data=data,
        several=asked.get("accept_multiple") is True,
        graded=asked.get("accept_lineitem") is not False,
    )


def sign_request(request: ContentRequest) -> str:
    return signing.dumps(asdict(request), salt=SALT)


def open_request(text: str) -> ContentRequest | None:
    """Return the request, or None if it is older than an hour or not ours."""
    try:
        return ContentRequest(**signing.loads(text, salt=SALT, max_age=VALID_FOR))
    except signing.BadSignature:
        return None


def write_response(
    request: ContentRequest,
    within: PlatformCourse,
    items: Sequence[Mapping[str, Any]],
    *,
    now: datetime,
) -> str:
    """Return the signed answer for the platform."""
    platform: LearningPlatform = within.platform
    claims: dict[str, Any] = {
        "iss": platform.client_id,
        "aud": platform.issuer,
        "nonce": secrets.token_hex(16),
        f"{LTI}message_type": RESPONSE,
        f"{LTI}version": VERSION,
        f"{LTI}deployment_id": within.deployment,
        f"{DEEP}content_items": list(items),
    }
    if request.data:
        claims[f"{DEEP}data"] = request.data
    return tool_keys.sign(claims, now=now)


def course_item(course: Course, address: str) -> dict[str, Any]:
    return {"type": LINK_TYPE, "title": course.title, "url": address}


def unit_item(unit: Unit, address: str, *, graded: bool) -> dict[str, Any]:
    """Return a link to a unit; a graded test brings a column for its grade."""
    item = {
        "type": LINK_TYPE,
        "title": unit.title,
        "url": address,
        "custom": {"unit": str(unit.code)},
    }
    if graded and unit.scenario == "graded":
        column = {"scoreMaximum": MAXIMUM, "label": unit.title, "resourceId": str(unit.code)}
        item["lineItem"] = column
    return item


def question_item(unit: Unit, question: Question, number: int, address: str) -> dict[str, Any]:
    """Return a link to one question for practice; practice counts for no grade."""
    return {
        "type": LINK_TYPE,
        "title": _("{unit}, question {number}").format(unit=unit.title, number=number),
        "url": address,
        "custom": {"unit": str(unit.code), "question": str(question.code)},
    }
