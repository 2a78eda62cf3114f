"""The tables of a course: its public content, and the records of its people."""

from __future__ import annotations

from courses.models.answer_file import AnswerFile
from courses.models.attempt import Attempt, Extra, GradeOverride
from courses.models.calendar_feed import CalendarFeed
from courses.models.course import Course
from courses.models.email_invitation import EmailInvitation
from courses.models.grade_category import GradeCategory
from courses.models.learner_group import GroupDates, LearnerGroup
from courses.models.open_answer import AnswerMark, OpenAnswer
from courses.models.participation import Completion, Enrolment, Response
from courses.models.question import Hint, Question, QuestionSkill
from courses.models.question_content import QuestionContent
from courses.models.regrade import Regrade, RegradedAttempt
from courses.models.skill import Misconception, Skill, SkillLink, SkillPrerequisite
from courses.models.unit import CaptionTrack, ExternalVideo, Reading, Unit, UnitSkill, Video
from courses.models.video_semantics import VideoSemantics

__all__ = [
    "AnswerFile",
    "AnswerMark",
    "Attempt",
    "CalendarFeed",
    "CaptionTrack",
    "Completion",
    "Course",
    "EmailInvitation",
    "Enrolment",
    "ExternalVideo",
    "Extra",
    "GradeCategory",
    "GradeOverride",
    "GroupDates",
    "Hint",
    "LearnerGroup",
    "Misconception",
    "OpenAnswer",
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
