"""Records of people in a course: enrolments, answers and progress.

Answers are sealed under scope `course`. Whether they were correct, counts and times are stored in
clear, as course records.
"""

from __future__ import annotations

import uuid
from fractions import Fraction

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import User
from courses.models.attempt import Attempt
from courses.models.course import Course
from courses.models.learner_group import LearnerGroup
from courses.models.question import Question
from courses.models.question_content import QuestionContent
from courses.models.unit import Unit
from data_inventory import CLOCK, CODE, DELETE, LINK, NUMBER, SEALED, closed, holds

ROLES = ("learner", "teacher")


@holds(
    subject="user",
    category="course",
    scope="course",
    columns={
        "id": NUMBER,
        "user": LINK,
        "course": LINK,
        "role": CODE,
        "since": CLOCK,
        "group": LINK,
    },
    erase=DELETE,
    retain=None,
)
class Enrolment(models.Model):
    """A person's membership in a course, as Learner or as Teacher.

    A Learner may be in one `group` of the course. A key of the database, made in the migration,
    refuses a group of another course.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="enrolments")
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="enrolments")
    role = models.CharField(max_length=8)
    since = models.DateTimeField()
    group = models.ForeignKey(
        LearnerGroup, on_delete=models.SET_NULL, null=True, related_name="enrolments"
    )

    class Meta:
        constraints = [
            closed("role", ROLES, name="courses_enrolment_role"),
            models.CheckConstraint(
                condition=models.Q(group=None) | models.Q(role="learner"),
                name="courses_enrolment_group",
            ),
            models.UniqueConstraint(
                fields=["user", "course", "role"], name="courses_enrolment_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.course_id}"


@holds(
    subject="learner",
    category="course",
    scope="course",
    columns={
        "id": CODE,
        "learner": LINK,
        "question": LINK,
        "content": LINK,
        "sitting": CODE,
        "attempt": LINK,
        "given_sealed": SEALED,
        "correct": NUMBER,
        "partly": NUMBER,
        "partly_of": NUMBER,
        "hints_used": NUMBER,
        "elapsed_ms": NUMBER,
        "draw": NUMBER,
        "answered_at": CLOCK,
    },
    erase=DELETE,
    retain=None,
)
class Response(models.Model):
    """One answer; only `courses.answers.responses.record` creates them.

    Answers to a test name their Attempt. `content` is the question's wording when it was answered;
    older rows have none. A partly right answer is not `correct`; it earned `partly` of `partly_of`
    parts of the points. `feedback` and `misconception` are for the page that asked; they follow
    from the answer, so they are no columns.
    """

    feedback = ""
    misconception = ""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="responses")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="responses")
    content = models.ForeignKey(
        QuestionContent, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    sitting = models.UUIDField(null=True)
    attempt = models.ForeignKey(
        Attempt, on_delete=models.CASCADE, null=True, related_name="responses"
    )
    given_sealed = models.BinaryField()
    correct = models.BooleanField()
    partly = models.PositiveIntegerField(default=0)
    partly_of = models.PositiveIntegerField(default=1)
    hints_used = models.PositiveIntegerField(default=0)
    elapsed_ms = models.PositiveIntegerField(default=0)
    draw = models.PositiveIntegerField(null=True)
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(partly=0, correct=True)
                | models.Q(partly__lt=models.F("partly_of"), correct=False),
                name="courses_response_partly",
            ),
        ]
        indexes = [
            models.Index(fields=["learner", "question", "answered_at"], name="courses_resp_item"),
            models.Index(fields=["learner", "answered_at"], name="courses_resp_time"),
            models.Index(fields=["sitting"], name="courses_resp_sitting"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def asked_in(self) -> Unit | None:
        """Return the test of the answer, or else the unit of its question now."""
        return self.question.unit if self.attempt is None else self.attempt.unit

    @property
    def share(self) -> Fraction:
        """The share of the points that the answer earned, 0 to 1."""
        return Fraction(1) if self.correct else Fraction(self.partly, self.partly_of)


@holds(
    subject="learner",
    category="course",
    scope="course",
    columns={
        "id": NUMBER,
        "learner": LINK,
        "unit": LINK,
        "watched": NUMBER,
        "resume_s": NUMBER,
        "marked": NUMBER,
        "done_at": CLOCK,
        "updated_at": CLOCK,
    },
    erase=DELETE,
    retain=None,
)
class Completion(models.Model):
    """A Learner's progress in a unit.

    `watched` is the union of stretches [from, to, from, to …] in seconds; it only grows. `done_at`
    is never changed once it is set.
    """

    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="completions")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="completions")
    watched = ArrayField(models.FloatField(), default=list)
    resume_s = models.FloatField(default=0)
    marked = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["learner", "unit"], name="courses_completion_once"),
            models.CheckConstraint(
                condition=models.Q(resume_s__gte=0), name="courses_completion_resume"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.learner_id} in {self.unit_id}"
