"""Every way in which a Teacher gets figures of a class, and every query possible on it.

Each function returns all that the page, its file or the API would show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from adaptation.replays import replay
from adaptation.rules import active_rules
from consent.legal_profiles import profiles
from courses import completion
from discussion.posts.member_names import Faces
from interventions.rules import Rule
from messaging.card import find_card
from messaging.card_history import load_history
from teaching.dashboard import queue
from teaching.dashboard.course_answers import load_effect_answers, load_lesson_answers
from teaching.effects import hint_experiments
from teaching.effects import views as effects
from teaching.effects.published_effects import load_effects
from teaching.grades import gradebook
from teaching.groups import views as compare
from teaching.groups.group_filter import EVERYBODY, FROM, audience_of
from teaching.learners import views as learners
from teaching.lessons import page as lesson_page
from teaching.lessons import views as lessons
from teaching.lessons.lesson_list import find_lesson
from teaching.lessons.lesson_map import load_lesson_map
from teaching.questions import report as items
from teaching.questions.wrong_answers import load_wrong_answers
from teaching.roster import class_of
from teaching.rules.replays.models import DAYS
from teaching.skills import views as topics
from teaching.videos import views as videos
from teaching.videos.timeline import load_timeline
from teaching.weekly.week_summary import has_real_findings, load_week_summary
from tools.inference_attack import rule_drafts
from tools.inference_attack.classroom import Classroom

Ask = Callable[[Classroom], Mapping[str, str]]
DRAFTS: Final = "replay of a draft"
IN_FORCE: Final = "replay of the rules in force, replay_rules"
LESSONS: Final = "lesson maps, their file, Today, week"
EFFECTS: Final = "effects, and their card in the studio"
WORDINGS: Final = "wordings of a hint"
A_DAY: Final = timedelta(days=1)
# "Now" reports who has done nothing for two minutes since the last act.
STOPPED_AFTER: Final = timedelta(minutes=2, seconds=45)
# So the days of a replay begin between the victim's last act and the end of its Windows.
EDGE: Final = timedelta(days=DAYS, seconds=45)


def ask_replays(room: Classroom) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Replay every draft and the rules in use; and drafts over a day that begins amid the acts."""
    profile = profiles.current(now=room.now)
    if profile is None:
        return {}, {}
    floor = max(5, profile.floor_simulated if room.simulated else profile.floor_people)
    drafts = dict(
        rule_drafts.make_drafts(floor, guesses_allowed=profile.rules_use != "self_report_only")
    )
    on = {rule.id: rule for rule in active_rules.list_active(room.course)}
    at_edge = {name: rule for name, rule in drafts.items() if name in rule_drafts.OF_DEEDS}
    return (
        {
            **_replay_rules(room, drafts, room.now),
            **{
                f"{k}, edge": v
                for k, v in _replay_rules(room, at_edge, room.began_at + EDGE).items()
            },
        },
        _replay_rules(room, on, room.now),
    )


def _replay_rules(room: Classroom, rules: Mapping[str, Rule], now: datetime) -> Mapping[str, str]:
    days = replay.replay_days(
        room.course, DAYS, {name: [rule] for name, rule in rules.items()}, now=now
    )
    if days is None:
        return {}
    return {name: f"{replay.compute_figures(days, name, rule)}" for name, rule in rules.items()}


def ask_effects(room: Classroom) -> Mapping[str, str]:
    """Read the trials now, and in each of the following months."""
    found: dict[str, str] = {}
    for months in range(4):
        now = room.now + 31 * months * A_DAY
        effects.publish_due(now)
        cards = effects.load_cards(room.course, load_effects(room.course))
        found |= {f"{card.rule} after {months} months": f"{card}" for card in cards}
        found[f"today after {months} months"] = f"{load_effect_answers(room.course)}"
    return found


def ask_wordings(room: Classroom) -> Mapping[str, str]:
    """Read the hints with two wordings now, and in each of the following months."""
    found: dict[str, str] = {}
    for months in range(4):
        hint_experiments.publish_due(room.now + 31 * months * A_DAY)
        cards = hint_experiments.load_cards(room.course, load_effects(room.course))
        found |= {f"{card.first} after {months} months": f"{card}" for card in cards}
    return found


def ask_videos(room: Classroom) -> Mapping[str, str]:
    """Read the list, the page of the video and its file, for the whole class and each group."""
    found = {"list": f"{videos.video_rows(room.course)}"}
    for key in _groups(room):
        line = load_timeline(room.video, key)
        found[key] = f"{line.bins} {line.parts} {line.stretch} {line.sentences}"
        found[f"{key} file"] = f"{list(videos.csv_rows(line))}"
    return found


def ask_lessons(room: Classroom) -> Mapping[str, str]:
    """Read the answers on "Today", the week's summary, and the map of the lesson for each group.

    The map is read about each of its parts, and as a file.
    """
    found = {
        "today": f"{load_lesson_answers(room.course, now=room.now)}",
        "week": f"{load_week_summary(room.course, now=room.now)}",
        "week's mail": f"{has_real_findings(room.course, now=room.now)}",
    }
    lesson = find_lesson(room.course, room.video.code)
    for key in _groups(room):
        line = load_lesson_map(room.course, lesson, who=key, now=room.now)
        found[f"{key} file"] = f"{list(lessons.csv_rows(line))}"
        for part in line.parts:
            one = load_lesson_map(room.course, lesson, who=key, wanted=part.key, now=room.now)
            found[f"{key} {part.key}"] = f"{one} {lesson_page.read_page(one)}"
    return found


def ask_topics(room: Classroom) -> Mapping[str, str]:
    """Read the page and its file, for the whole class and each group."""
    found = {}
    for key in _groups(room):
        audience = audience_of(room.course, key)
        matrix = topics.load_matrix(room.course, audience, now=room.now)
        found[key] = f"{matrix}"
        found[f"{key} file"] = f"{list(map(topics.csv_row, matrix.topics))}"
    return found


def ask_items(room: Classroom) -> Mapping[str, str]:
    """Read every question with its wrong answers, for the whole class and each group."""
    found = {}
    for key in _groups(room):
        audience = audience_of(room.course, key)
        wrong = load_wrong_answers(room.question, audience, now=room.now)
        found[key] = f"{items.question_rows(room.course, audience)} {wrong}"
    return found


def ask_compare(room: Classroom) -> Mapping[str, str]:
    pairs = ((key, compare.load_pair(room.course, key)) for key in _groups(room)[1:])
    return {key: f"{list(compare.csv_rows(pair))}" for key, pair in pairs if pair}


def _groups(room: Classroom) -> Sequence[str]:
    """Return the whole class, and those who joined from a month on; the victim is in both."""
    keys = (choice.key for choice in audience_of(room.course).choices)
    return [EVERYBODY, *(key for key in keys if key.startswith(FROM))]


def ask_lists(room: Classroom) -> Mapping[str, str]:
    """Read the lists by name, and "Now" soon and long after the last act, from pages and API."""
    class_ = class_of(room.course)
    soon = queue.load_now_page(room.course, room.teacher, class_, now=room.began_at + STOPPED_AFTER)
    now = queue.load_now_page(room.course, room.teacher, class_, now=room.now)
    return {
        "now, soon after": f"{soon}",
        "learners": f"{learners.learner_rows(room.course)}",
        "progress": f"{sorted(completion.count_done(room.course).items())}",
        "grades": f"{gradebook.load_gradebook(room.course)}",
        "now": f"{now}",
        "unnoticed": f"{queue.load_unnoticed(room.course, now, class_, now=room.now)}",
        "messages": f"{_read_cards(room)}",
    }


def _read_cards(room: Classroom) -> list[str]:
    """Return what the page of a new message shows of each card: its reason and its history."""
    faces = Faces(room.course)
    class_, at = class_of(room.course), room.began_at + STOPPED_AFTER
    rows = queue.load_now_page(room.course, room.teacher, class_, now=at).rows
    names = sorted({name for row in rows for name in (row.value, row.reason)})
    cards = [find_card(room.course, name, now=at) for name in names]
    return [f"{card} {load_history(room.course, card, faces)}" for card in cards if card]


ROADS: Final[Mapping[str, Ask]] = MappingProxyType(
    {
        EFFECTS: ask_effects,
        WORDINGS: ask_wordings,
        LESSONS: ask_lessons,
        "videos, and their file": ask_videos,
        "topics, and their file": ask_topics,
        "questions, and their file": ask_items,
        "compare, and its file": ask_compare,
        "Now, lists by name, teaching API": ask_lists,
    }
)


def ask_each(room: Classroom) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield all that can be read, by road."""
    drafts, on = ask_replays(room)
    yield DRAFTS, drafts
    yield IN_FORCE, on
    for road, ask in ROADS.items():
        yield road, ask(room)
