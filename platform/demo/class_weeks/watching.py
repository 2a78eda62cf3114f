"""Watching of a video by one person of the simulated class: pauses, replays and "I'm stuck"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Final

from courses.models import Completion, Unit
from demo.class_weeks.hard_part import HARD, USUAL, HardPart
from demo.class_weeks.records import make_watched
from demo.learner_history import Visit
from demo.simulated_learners.course import AnswerableQuestion
from telemetry.models import STUCK

LEAVES_EARLY: Final = 0.06
TWICE: Final = 0.25
# Seconds between the end of a chapter and the jump back, so that it crosses no other chapter.
MARGIN_S: Final = 0.5
Ask = Callable[[AnswerableQuestion], None]


@dataclass(frozen=True, slots=True)
class Stop:
    """Something a person does at a second of the video; `back`: where a replay begins."""

    second: float
    kind: str
    back: float = 0.0
    ask: AnswerableQuestion | None = None


@dataclass(slots=True)
class Player:
    """The player of one visit: its position `head`, and the events it sends."""

    visit: Visit
    head: float = 0.0

    def play_to(self, second: float) -> None:
        self.visit.t += second - self.head
        self.head = second

    def jump_to(self, second: float) -> None:
        self.visit.note("seek", second - self.head)
        self.head = second

    def pause(self) -> None:
        self.visit.note("pause", self.head)

    def go_on(self) -> None:
        self.visit.note("play", self.head)


def watch(visit: Visit, video: Unit, rng: Random, hard: HardPart | None, *, ask: Ask) -> Completion:
    """Watch a video to its end, or leave early; answer its questions with `ask`."""
    length = video.video.duration_s
    until = length * rng.uniform(0.5, 0.9) if rng.random() < LEAVES_EARLY else length
    player = Player(visit)
    player.go_on()
    for stop in sorted(_list_stops(visit, video, rng, hard), key=lambda stop: stop.second):
        if stop.second < until:
            _act(player, stop, rng, ask)
    player.play_to(until)
    if until == length:
        visit.note("ended", length)
    else:
        player.pause()
    return make_watched(visit.sitting.learner_id, video, until, now=visit.time)


def _list_stops(visit: Visit, video: Unit, rng: Random, hard: HardPart | None) -> Iterator[Stop]:
    for each in visit.lesson.inside:
        yield Stop(each.time_s or 0.0, "ask", ask=each)
    for place, (begin, end) in enumerate(_list_chapters(video)):
        is_hard = hard is not None and hard.is_chapter(video.ref, place)
        trouble, length = HARD if is_hard else USUAL, end - begin
        if rng.random() < trouble.pauses:
            yield Stop(begin + rng.uniform(0.2, 0.8) * length, "pause")
        if rng.random() < trouble.stuck:
            yield Stop(begin + rng.uniform(0.4, 0.9) * length, "stuck")
        if rng.random() < trouble.replays:
            back = begin + rng.uniform(0.1, 0.5) * length
            yield Stop(end - MARGIN_S, "replay", back=back)


def _list_chapters(video: Unit) -> Sequence[tuple[float, float]]:
    length = video.video.duration_s
    begins = [min(each["start"], length) for each in video.video.chapters] or [0.0]
    return list(pairwise([*begins, length]))


def _act(player: Player, stop: Stop, rng: Random, ask: Ask) -> None:
    visit = player.visit
    player.play_to(stop.second)
    if stop.kind == "replay":
        for _ in range(1 + (rng.random() < TWICE)):
            player.jump_to(stop.back)
            player.play_to(stop.second)
        return
    player.pause()
    if stop.ask is not None:
        ask(stop.ask)
    else:
        visit.t += rng.uniform(3, 20)
        if stop.kind == "stuck":
            visit.note(STUCK)
            visit.t += 1
    player.go_on()
