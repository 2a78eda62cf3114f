"""Where in a course an offer can point: a part of a video, what comes before, what is harder."""

from __future__ import annotations

from typing import Any

from adaptation.facts.answer_facts import last_of
from adaptation.facts.course_records import Course
from adaptation.facts.pace_facts import PLAYER, REPLAY_WINDOW_S, place_of
from consent.permits.gate import Permit
from courses.answers.responses import find_correct_questions
from courses.models import CaptionTrack, Question, Skill, Unit
from estimates.knowledge import mastery
from telemetry.video_position import stretches_gone_back_over

# So much of a video at most is quoted, and so much is played again.
LONGEST_PART_S = 20.0
KNOWN_LITTLE = 0.6
Found = tuple[Skill, Unit, str]


def page(unit: Unit) -> str:
    return f"/units/{unit.code}/"


def asking(question: Question) -> str:
    """The address at which this question is asked."""
    if question.unit is None:
        raise ValueError("expected a question in use, got a retired one")
    return f"{page(question.unit)}?question={question.code}"


def clock(seconds: float) -> str:
    """0:45"""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def part_replayed(course: Course, t: float) -> tuple[float, float] | None:
    """The stretch of the video the Learner went back over last and is in again."""
    here = place_of(course, t)
    player = [e for e in course.events if e.name in PLAYER]
    gone = stretches_gone_back_over(player, t - REPLAY_WINDOW_S)
    if here is None or not gone:
        return None
    begin, end = gone[-1]
    return begin, min(max(end, begin + 1), begin + LONGEST_PART_S)


def words_of(unit: Unit, begin: float, end: float) -> str:
    """What is said in that stretch, as far as its captions know."""
    cues = [cue for cue in _cues(unit) if cue["end"] > begin and cue["start"] < end]
    return " ".join(" ".join(str(cue["text"]).split()) for cue in cues)


def _cues(unit: Unit) -> list[dict[str, Any]]:
    """The captions in the language of the course, or else the first there are."""
    tracks = list(CaptionTrack.objects.filter(video__unit=unit))
    own = [track for track in tracks if track.lang == unit.course.language]
    return list((own or tracks)[0].cues) if tracks else []


def explained_in(question: Question) -> tuple[Unit, float] | None:
    """The video that explains a skill of this question, and the second where it begins to."""
    skills = question.skills.values("pk")
    videos = Unit.objects.filter(
        course=question.course_id, kind="video", position__isnull=False, skills__in=skills
    )
    unit = videos.order_by("position").first()
    if unit is None:
        return None
    asked = unit.questions.filter(skills__in=skills, jump_from_s__isnull=False)
    begin = asked.order_by("jump_from_s").values_list("jump_from_s", flat=True).first()
    return unit, begin or 0.0


def before(question: Question, permit: Permit) -> Found | None:
    """The least known skill that this one builds on, and where it is explained."""
    skills = Skill.objects.filter(dependents__in=question.skills.all()).distinct()
    found = mastery.read(permit).of_skills(skills.order_by("pk"))
    for known in sorted(found, key=lambda each: each.p):
        units = known.skill.units.filter(position__isnull=False, kind__in=("video", "reading"))
        unit = units.order_by("position").first()
        if unit is not None:
            return known.skill, unit, page(unit)
    return None


def harder_one(course: Course) -> Question | None:
    """A harder question that was not answered right, on a skill of the last answer or the unit."""
    last, unit = last_of(course), course.sitting.unit
    skills = last.question.skills.all() if last else unit.skills.all()
    harder = Question.objects.filter(
        course=unit.course_id,
        unit__position__isnull=False,
        unit__scenario="course",
        sibling__isnull=False,
        relation="harder",
        skills__in=skills,
    )
    found = list(harder.select_related("unit").order_by("-difficulty", "pk").distinct())
    right = find_correct_questions(course.sitting.learner, found)
    return next((each for each in found if each.sibling_id not in right), None)


def next_unit(unit: Unit) -> Unit | None:
    after = unit.course.units.filter(position__gt=unit.position or 0)
    return after.order_by("position").first()


def still_to_come(course: Course, permit: Permit, t: float) -> tuple[float, float, str] | None:
    """The later part of this video on the skill that is known least, and that skill's name."""
    here, unit = place_of(course, t), course.sitting.unit
    known = [each for each in mastery.read(permit).of_skills(unit.skills.all()) if each.n]
    little = [each.skill for each in known if each.p < KNOWN_LITTLE]
    asked = unit.questions.filter(skills__in=little, jump_from_s__gt=here or 0.0)
    first = asked.order_by("jump_from_s").first() if here is not None else None
    if first is None or first.jump_from_s is None or first.jump_to_s is None:
        return None
    skill = next(each for each in little if each in first.skills.all())
    return first.jump_from_s, first.jump_to_s, skill.name
