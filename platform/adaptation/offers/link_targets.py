"""Places in a course an offer can link to: part of a video, a prerequisite, a harder question."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from adaptation.facts.answer_facts import find_last_answer
from adaptation.facts.course_records import CourseRecords
from adaptation.facts.pace_facts import PLAYER, REPLAY_WINDOW_S, position_at
from consent.permits.gate import Permit
from courses import availability
from courses.answers.responses import find_correct_questions
from courses.models import CaptionTrack, Question, Skill, Unit
from courses.models.unit import TEACHING_KINDS
from estimates.knowledge import mastery
from telemetry.video_position import stretches_gone_back_over

# The longest part of a video that is quoted or replayed.
LONGEST_PART_S = 20.0
WEAK_BELOW = 0.6
FoundPrerequisite = tuple[Skill, Unit, str]


def unit_url(unit: Unit) -> str:
    return f"/units/{unit.code}/"


def question_url(question: Question) -> str:
    """Return the URL at which this question is asked."""
    if question.unit is None:
        raise ValueError("expected a question in use, got a retired one")
    return f"{unit_url(question.unit)}?question={question.code}"


def find_replayed_part(course: CourseRecords, t: float) -> tuple[float, float] | None:
    """Return the part of the video that the Learner replayed last and is in again."""
    here = position_at(course, t)
    player = [e for e in course.events if e.name in PLAYER]
    gone = stretches_gone_back_over(player, t - REPLAY_WINDOW_S)
    if here is None or not gone:
        return None
    begin, end = gone[-1]
    return begin, min(max(end, begin + 1), begin + LONGEST_PART_S)


def read_captions(unit: Unit, begin: float, end: float) -> str:
    """Return the caption text of that part; empty without captions."""
    cues = [cue for cue in _load_cues(unit) if cue["end"] > begin and cue["start"] < end]
    return " ".join(" ".join(str(cue["text"]).split()) for cue in cues)


def _load_cues(unit: Unit) -> list[dict[str, Any]]:
    """Return the captions in the language of the course, or else the first there are."""
    tracks = list(CaptionTrack.objects.filter(video__unit=unit))
    own = [track for track in tracks if track.lang == unit.course.language]
    return list((own or tracks)[0].cues) if tracks else []


def find_explanation(question: Question) -> tuple[Unit, float] | None:
    """Return the video that explains a skill of this question, and the second where it does."""
    return find_skills_explanation(question.course_id, question.skills.all())


def find_skills_explanation(
    course: int, skills: QuerySet[Skill], *, apart_from: Unit | None = None
) -> tuple[Unit, float] | None:
    """Return the first video that explains one of these skills, and the second where it does."""
    videos = Unit.objects.filter(
        course=course, kind="video", position__isnull=False, skills__in=skills
    )
    if apart_from is not None:
        videos = videos.exclude(pk=apart_from.pk)
    unit = videos.order_by("position").first()
    if unit is None:
        return None
    asked = unit.questions.filter(skills__in=skills, jump_from_s__isnull=False)
    begin = asked.order_by("jump_from_s").values_list("jump_from_s", flat=True).first()
    return unit, begin or 0.0


def find_prerequisite(question: Question, permit: Permit) -> FoundPrerequisite | None:
    """Return the weakest prerequisite of this question, and where it is explained."""
    skills = Skill.objects.filter(dependents__in=question.skills.all()).distinct()
    found = mastery.read(permit).of_skills(skills.order_by("pk"))
    for known in sorted(found, key=lambda each: each.p):
        units = known.skill.units.filter(position__isnull=False, kind__in=TEACHING_KINDS)
        unit = units.order_by("position").first()
        if unit is not None:
            return known.skill, unit, unit_url(unit)
    return None


def find_harder_question(course: CourseRecords, *, now: datetime) -> Question | None:
    """Return a harder question without a correct answer, on a skill of the last answer or unit.

    Its unit is open to the Learner.
    """
    unit = course.sitting.unit
    harder = Question.objects.filter(
        course=unit.course_id,
        unit__in=availability.units_open_to(course.sitting.learner, now=now),
        unit__position__isnull=False,
        unit__scenario="course",
        sibling__isnull=False,
        relation="harder",
        skills__in=list_current_skills(course),
    )
    found = list(harder.select_related("unit").order_by("-difficulty", "pk").distinct())
    right = find_correct_questions(course.sitting.learner, found)
    return next((each for each in found if each.sibling_id not in right), None)


def list_current_skills(course: CourseRecords) -> QuerySet[Skill]:
    """Return the skills of the question answered last in this Sitting, else of the unit."""
    last = find_last_answer(course)
    return last.question.skills.all() if last else course.sitting.unit.skills.all()


def find_example(course: CourseRecords, skills: QuerySet[Skill]) -> Question | None:
    """Return the easiest question with a worked step on these skills, of those not solved."""
    shown = Question.objects.filter(
        course=course.sitting.unit.course_id,
        unit__position__isnull=False,
        unit__kind="quiz",
        unit__scenario="course",
        hints__kind="worked_step",
        skills__in=skills,
    )
    found = list(shown.select_related("unit").order_by("difficulty", "pk").distinct())
    right = find_correct_questions(course.sitting.learner, found)
    return next((each for each in found if (each.sibling_id or each.pk) not in right), None)


def find_next_part(course: CourseRecords, t: float) -> tuple[float, float, str] | None:
    """Return begin, end and title of the next chapter of the video that is watched."""
    here, unit = position_at(course, t), course.sitting.unit
    if here is None or unit.kind != "video":
        return None
    later = (part for part in unit.video.chapters if part["start"] > here)
    part = next(later, None)
    # Past the end of the video, so that it does not stop there.
    return part and (part["start"], unit.video.duration_s + 1, part["title"])


def find_next_unit(learner: User, unit: Unit, *, now: datetime) -> Unit | None:
    """Return the unit after this one if the Learner may open it."""
    rows = unit.course.units.filter(position__gt=unit.position or 0)
    after = rows.order_by("position").first()
    return after if after and availability.is_open_for(learner, after, now=now) else None


def find_later_part(
    course: CourseRecords, permit: Permit, t: float
) -> tuple[float, float, str] | None:
    """Return the later part of this video on the weakest skill, and that skill's name."""
    here, unit = position_at(course, t), course.sitting.unit
    known = [each for each in mastery.read(permit).of_skills(unit.skills.all()) if each.n]
    little = [each.skill for each in known if each.p < WEAK_BELOW]
    asked = unit.questions.filter(skills__in=little, jump_from_s__gt=here or 0.0)
    first = asked.order_by("jump_from_s").first() if here is not None else None
    if first is None or first.jump_from_s is None or first.jump_to_s is None:
        return None
    skill = next(each for each in little if each in first.skills.all())
    return first.jump_from_s, first.jump_to_s, skill.name
