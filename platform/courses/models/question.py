"""Questions: in a video, in a quiz, in the bank, or as an easier or harder variant of another."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from courses.models.course import Course
from courses.models.public_content import public_content
from courses.models.skill import Skill
from courses.models.unit import Unit
from data_inventory import closed, matches

# The form of the kind of a question, which names a type in `courses.question_types`.
KIND = "[a-z]{1,16}"
COMPARE = ("", "arithmetic", "cased", "string", "words")
MOST_POINTS = 1000
MOST_FILES = 5
LONGEST_TAG = 60
RELATIONS = ("", "easier", "harder")
# The columns that a reply is compared with, in a question and in a scaffold.
REPLY_COLUMNS = (
    "choices",
    "parts",
    "answer",
    "answer_text",
    "answer_html",
    "accepted",
    "units",
    "tolerance",
    "compare",
)
# The columns of a question's wording and key, without its position in the course.
CONTENT_COLUMNS = (
    "kind",
    "stem",
    "stem_html",
    "prompt",
    "prompt_html",
    "linear",
    "explanation",
    "explanation_html",
    *REPLY_COLUMNS,
    "wrong_answers",
    "other_answers",
    "partial_credit",
    "rubric",
    "word_limit",
    "file_kinds",
    "most_files",
    "points",
    "parameterised",
)
HINT_KINDS = ("prompt", "strategy", "worked_step", "scaffold")


@public_content(
    "id",
    "code",
    "course",
    "unit",
    "in_bank",
    "tags",
    "ref",
    "position",
    "group",
    "difficulty",
    *CONTENT_COLUMNS,
    "sibling",
    "relation",
    "time_s",
    "jump_from_s",
    "jump_to_s",
    "source_note",
)
class Question(models.Model):
    """One question; `courses.questions.question_spec.item_of` reads and checks its JSON columns.

    A question of a quiz has a `position`; a variant has a `sibling` and a `relation` instead; a
    question in a video has a `time_s`. One in the bank has no `unit`: Attempts draw it by its
    `tags`. Any other question without a `unit` is retired: it is never asked again, but kept for
    its Responses. `points` is its weight in a test; one that is drawn has those of the test.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="questions")
    unit = models.ForeignKey(Unit, on_delete=models.SET_NULL, null=True, related_name="questions")
    in_bank = models.BooleanField(default=False)
    tags = ArrayField(models.CharField(max_length=LONGEST_TAG), default=list)
    ref = models.CharField(max_length=120)
    position = models.PositiveIntegerField(null=True)
    group = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=16)
    difficulty = models.PositiveSmallIntegerField(default=3)
    stem = models.TextField(blank=True)
    stem_html = models.TextField(blank=True)
    prompt = models.TextField()
    prompt_html = models.TextField()
    linear = models.TextField(blank=True)
    explanation = models.TextField(blank=True)
    explanation_html = models.TextField(blank=True)
    choices = models.JSONField(default=list)
    parts = models.JSONField(default=list)
    answer = models.TextField(blank=True)
    answer_text = models.TextField(blank=True)
    answer_html = models.TextField(blank=True)
    accepted = models.JSONField(default=list)
    units = models.JSONField(default=list)
    tolerance = models.FloatField(default=0)
    compare = models.CharField(max_length=10, blank=True)
    wrong_answers = models.JSONField(default=list)
    other_answers = models.JSONField(default=list)
    partial_credit = models.BooleanField(default=False)
    rubric = models.JSONField(default=list)
    word_limit = models.PositiveIntegerField(null=True)
    file_kinds = models.JSONField(default=list)
    most_files = models.PositiveSmallIntegerField(default=1)
    points = models.FloatField(default=1)
    parameterised = models.JSONField(null=True)
    sibling = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, related_name="variants"
    )
    relation = models.CharField(max_length=6, blank=True)
    time_s = models.FloatField(null=True)
    jump_from_s = models.FloatField(null=True)
    jump_to_s = models.FloatField(null=True)
    source_note = models.TextField(blank=True)
    skills = models.ManyToManyField(Skill, through="QuestionSkill", related_name="questions")

    class Meta:
        ordering = ["unit", "position", "time_s", "id"]
        constraints = [
            matches("kind", f"^{KIND}$", name="courses_question_kind"),
            closed("compare", COMPARE, name="courses_question_compare"),
            closed("relation", RELATIONS, name="courses_question_relation"),
            models.UniqueConstraint(fields=["course", "ref"], name="courses_question_ref"),
            models.UniqueConstraint(
                fields=["unit", "position"],
                name="courses_question_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=models.Q(difficulty__range=(1, 5)), name="courses_question_difficulty"
            ),
            models.CheckConstraint(
                condition=models.Q(tolerance__gte=0), name="courses_question_tolerance"
            ),
            models.CheckConstraint(
                condition=models.Q(points__gt=0, points__lte=MOST_POINTS),
                name="courses_question_points",
            ),
            models.CheckConstraint(
                condition=models.Q(most_files__range=(1, MOST_FILES)),
                name="courses_question_most_files",
            ),
            models.CheckConstraint(
                condition=models.Q(sibling=None, relation="")
                | (models.Q(sibling__isnull=False, position=None) & ~models.Q(relation="")),
                name="courses_question_sibling",
            ),
            models.CheckConstraint(
                condition=models.Q(in_bank=False)
                | models.Q(unit=None, position=None, sibling=None, time_s=None),
                name="courses_question_in_bank",
            ),
            models.CheckConstraint(
                condition=models.Q(jump_from_s=None, jump_to_s=None)
                | models.Q(jump_from_s__lt=models.F("jump_to_s"), time_s__isnull=False),
                name="courses_question_jump",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def is_retired(self) -> bool:
        return self.unit_id is None and not self.in_bank


@public_content("id", "question", "skill")
class QuestionSkill(models.Model):
    """A skill that a question tests; one question may test several."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="asks")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="asked_by")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["question", "skill"], name="courses_questionskill_pair"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_id} {self.skill_id}"


@public_content(
    "id",
    "code",
    "question",
    "ref",
    "position",
    "kind",
    "title",
    "text",
    "html",
    "linear",
    "other_text",
    "other_html",
    "needs",
    "reply_kind",
    *REPLY_COLUMNS,
    "source_note",
)
class Hint(models.Model):
    """One step of help, in order. A scaffold asks a small question of its own (`reply_kind`).

    `needs` lists positions that must be opened (hint) or solved (scaffold) before this one. A hint
    with an `other_text` has two wordings; each Learner is randomly assigned one.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="hints")
    ref = models.CharField(max_length=120)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=12)
    title = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    html = models.TextField()
    linear = models.TextField(blank=True)
    other_text = models.TextField(blank=True)
    other_html = models.TextField(blank=True)
    needs = models.JSONField(default=list)
    reply_kind = models.CharField(max_length=16, blank=True)
    answer = models.TextField(blank=True)
    answer_text = models.TextField(blank=True)
    answer_html = models.TextField(blank=True)
    accepted = models.JSONField(default=list)
    units = models.JSONField(default=list)
    tolerance = models.FloatField(default=0)
    compare = models.CharField(max_length=10, blank=True)
    choices = models.JSONField(default=list)
    parts = models.JSONField(default=list)
    source_note = models.TextField(blank=True)

    class Meta:
        ordering = ["question", "position"]
        constraints = [
            closed("kind", HINT_KINDS, name="courses_hint_kind"),
            matches("reply_kind", f"^({KIND})?$", name="courses_hint_reply_kind"),
            closed("compare", COMPARE, name="courses_hint_compare"),
            models.CheckConstraint(
                condition=models.Q(tolerance__gte=0), name="courses_hint_tolerance"
            ),
            models.UniqueConstraint(
                fields=["question", "position"],
                name="courses_hint_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return self.ref
