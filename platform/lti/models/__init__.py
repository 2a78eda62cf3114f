"""The tables of LTI: platforms with their courses and links, and the people who come from them."""

from __future__ import annotations

from lti.models.people import LinkedGrade, PlatformAccount, PlatformMember, SentGrade
from lti.models.platforms import LearningPlatform, PlatformCourse, PlatformLink, ToolKey

__all__ = [
    "LearningPlatform",
    "LinkedGrade",
    "PlatformAccount",
    "PlatformCourse",
    "PlatformLink",
    "PlatformMember",
    "SentGrade",
    "ToolKey",
]
