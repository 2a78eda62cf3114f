"""The rows of a course: what it holds (public content) and what people did in it (declared)."""

from __future__ import annotations

from courses.models.calendar_feed import CalendarFeed
from courses.models.content import QuestionContent
from courses.models.course import Course
from courses.models.email_invitation import EmailInvitation
from courses.models.people import Completion, Enrolment, Response
from courses.models.question import Hint, Question, QuestionSkill
from courses.models.regrading import Regrade, RegradedAttempt
from courses.models.semantics import VideoSemantics
from courses.models.skill import Misconception, Skill, SkillLink, SkillPrerequisite
from courses.models.taking import Attempt, Extra, GradeOverride
from courses.models.unit import CaptionTrack, Reading, Unit, UnitSkill, Video

__all__ = [
    "Attempt",
    "CalendarFeed",
    "CaptionTrack",
    "Completion",
    "Course",
    "EmailInvitation",
    "Enrolment",
    "Extra",
    "GradeOverride",
    "Hint",
    "Misconception",
    "Question",
    "QuestionContent",
    "QuestionSkill",
    "Reading",
    "Regrade",
    "RegradedAttempt",
    "Response",
    "Skill",
    "SkillLink",
    "SkillPrerequisite",
    "Unit",
    "UnitSkill",
    "Video",
    "VideoSemantics",
]
