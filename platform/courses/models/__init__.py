"""The rows of a course: what it holds (public content) and what people did in it (declared)."""

from __future__ import annotations

from courses.models.course import Course
from courses.models.people import Completion, Enrolment, Response
from courses.models.question import Hint, Question, QuestionSkill
from courses.models.semantics import VideoSemantics
from courses.models.skill import Misconception, Skill, SkillLink, SkillPrerequisite
from courses.models.unit import CaptionTrack, Reading, Unit, UnitSkill, Video

__all__ = [
    "CaptionTrack",
    "Completion",
    "Course",
    "Enrolment",
    "Hint",
    "Misconception",
    "Question",
    "QuestionSkill",
    "Reading",
    "Response",
    "Skill",
    "SkillLink",
    "SkillPrerequisite",
    "Unit",
    "UnitSkill",
    "Video",
    "VideoSemantics",
]
