"""Units of a course in order: a video, a video on another site, a reading or a quiz."""

from __future__ import annotations

import uuid

from django.db import models

from courses.external_videos import LONGEST_ADDRESS
from courses.models.course import Course
from courses.models.grade_category import GradeCategory
from courses.models.public_content import public_content
from courses.models.skill import Skill
from data_inventory import closed

KINDS = ("video", "external", "reading", "quiz")
# A video on another site: nothing is sensed on its page.
EXTERNAL = "external"
# Kinds that explain; a quiz asks.
TEACHING_KINDS = ("video", EXTERNAL, "reading")
SCENARIOS = ("course", "practice", "graded")


@public_content(
    "id",
    "code",
    "course",
    "ref",
    "section",
    "position",
    "kind",
    "title",
    "minutes",
    "threshold",
    "scenario",
    "opens_at",
    "opens_after",
    "due_at",
    "attempts",
    "time_limit_s",
    "random_questions",
    "grade_category",
)
class Unit(models.Model):
    """One unit. A unit without a `position` is retired: hidden, but kept for its records.

    `section` is the id of one of the course's sections. `scenario` is how a quiz is used: in the
    course, as a practice test or as a graded test. `attempts` None = unlimited, `time_limit_s`
    None = no limit. A graded test without a `grade_category` does not count in the course total.
    `opens_after` is an earlier unit of the course that a Learner finishes first. Attempts at a test
    draw its `random_questions` from the bank; `courses.questions.random_questions` reads them.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="units")
    ref = models.CharField(max_length=120)
    section = models.CharField(max_length=120, blank=True)
    position = models.PositiveIntegerField(null=True)
    kind = models.CharField(max_length=8)
    title = models.CharField(max_length=200)
    minutes = models.PositiveIntegerField(null=True)
    threshold = models.FloatField(default=0.9)
    scenario = models.CharField(max_length=8, default="course")
    opens_at = models.DateTimeField(null=True)
    opens_after = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="opened_units"
    )
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(null=True)
    time_limit_s = models.PositiveIntegerField(null=True)
    random_questions = models.JSONField(default=list)
    grade_category = models.ForeignKey(
        GradeCategory, on_delete=models.SET_NULL, null=True, related_name="units"
    )
    skills = models.ManyToManyField(Skill, through="UnitSkill", related_name="units")

    class Meta:
        ordering = ["position"]
        constraints = [
            closed("kind", KINDS, name="courses_unit_kind"),
            models.UniqueConstraint(fields=["course", "ref"], name="courses_unit_ref"),
            # Deferred: an import may swap two units inside its transaction.
            models.UniqueConstraint(
                fields=["course", "position"],
                name="courses_unit_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=models.Q(threshold__gt=0, threshold__lte=1),
                name="courses_unit_threshold",
            ),
            closed("scenario", SCENARIOS, name="courses_unit_scenario"),
            models.CheckConstraint(
                condition=models.Q(scenario="course") | models.Q(kind="quiz"),
                name="courses_unit_test_is_quiz",
            ),
            models.CheckConstraint(
                condition=models.Q(opens_at=None)
                | models.Q(due_at=None)
                | models.Q(opens_at__lt=models.F("due_at")),
                name="courses_unit_opens_first",
            ),
            models.CheckConstraint(
                condition=models.Q(opens_after=None) | ~models.Q(opens_after=models.F("id")),
                name="courses_unit_opens_after",
            ),
            models.CheckConstraint(
                condition=models.Q(attempts=None) | models.Q(attempts__gt=0),
                name="courses_unit_attempts",
            ),
            models.CheckConstraint(
                condition=models.Q(time_limit_s=None) | models.Q(time_limit_s__gt=0),
                name="courses_unit_time_limit",
            ),
            models.CheckConstraint(
                condition=models.Q(random_questions=[]) | ~models.Q(scenario="course"),
                name="courses_unit_random_questions",
            ),
        ]

    def __str__(self) -> str:
        return self.title


@public_content("id", "unit", "skill")
class UnitSkill(models.Model):
    """A skill that a unit teaches or tests."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="unit_skills")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="skill_units")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "skill"], name="courses_unitskill_pair"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.skill_id}"


@public_content("id", "unit", "source", "html")
class Reading(models.Model):
    """The text of a reading: Markdown with LaTeX, and the safe HTML rendered from it."""

    unit = models.OneToOneField(Unit, on_delete=models.CASCADE, related_name="reading")
    source = models.TextField()
    html = models.TextField()

    def __str__(self) -> str:
        return f"reading of {self.unit_id}"


@public_content("id", "unit", "address")
class ExternalVideo(models.Model):
    """The address of a video on another site. Our pages link to it and load nothing from it."""

    unit = models.OneToOneField(Unit, on_delete=models.CASCADE, related_name="external_video")
    address = models.CharField(max_length=LONGEST_ADDRESS)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(address__startswith="https://"),
                name="courses_externalvideo_https",
            ),
        ]

    def __str__(self) -> str:
        return self.address


@public_content(
    "id",
    "unit",
    "file",
    "renditions",
    "original",
    "poster",
    "duration_s",
    "width",
    "height",
    "chapters",
)
class Video(models.Model):
    """A video file in the store; `chapters` is a list of {start, end, title} in seconds.

    `renditions` lists the same video in smaller sizes, as {src, width, height}. `original` is the
    file that the Author uploaded, where it is kept; Learners never load it.
    """

    unit = models.OneToOneField(Unit, on_delete=models.CASCADE, related_name="video")
    file = models.CharField(max_length=300)
    renditions = models.JSONField(default=list)
    original = models.CharField(max_length=300, blank=True)
    poster = models.CharField(max_length=300, blank=True)
    duration_s = models.FloatField()
    width = models.PositiveIntegerField(default=1280)
    height = models.PositiveIntegerField(default=720)
    chapters = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(duration_s__gt=0), name="courses_video_duration"
            ),
        ]

    def __str__(self) -> str:
        return self.file


@public_content("id", "video", "position", "lang", "label", "file", "default", "cues")
class CaptionTrack(models.Model):
    """Captions in one language: the file for the player, and `cues` {start, end, text} to read."""

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="captions")
    position = models.PositiveIntegerField()
    lang = models.CharField(max_length=20)
    label = models.CharField(max_length=80)
    file = models.CharField(max_length=300)
    default = models.BooleanField(default=False)
    cues = models.JSONField(default=list)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["video", "lang"], name="courses_caption_lang"),
        ]

    def __str__(self) -> str:
        return self.file
