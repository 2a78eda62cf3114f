"""Facts that the site would have of a simulated lesson about one skill; without estimates."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from emotion.simulate.lessons import (
    BORED,
    FRUSTRATED,
    LASTING_,
    WINDOW_S,
    WINDOWS,
    SimulatedHour,
)

Acts = Mapping[str, bool | float | str]
QUICK: Final = 0.12
FAST: Final = 0.5
STANDING: Final[Acts] = {
    "scenario": "course",
    "paused": False,
    "tab_hidden": False,
    "self_got_it": False,
    "self_stuck": False,
    "skills_known": 2.0,
    "skills_in_unit": 6.0,
}


class _CourseRecord:
    """The course record of one learner as a page would have it, updated window by window."""

    def __init__(self, lesson: SimulatedHour, rng: np.random.Generator) -> None:
        self.lesson, self.rng = lesson, rng
        self.rewinds: deque[int] = deque()
        self.firsts: list[bool] = []
        self.acted = self.answers = self.wrong = self.hints = 0
        self.before_right = self.unlikely = 0
        self.streak = self.wrong_streak = self.quick = self.fast = 0
        self.helped = False

    def move(self, window: int) -> None:
        """Add the acts of one window."""
        lesson = self.lesson
        if lesson.rewound[window]:
            self.rewinds.append(window)
            self.acted = window
        if lesson.hinted[window]:
            self.hints += 1
            self.helped, self.acted = True, window
        if lesson.answered[window]:
            self._answer(window, right=bool(lesson.right[window]))

    def _answer(self, window: int, *, right: bool) -> None:
        state = self.lesson.states[window]
        restless = state in (LASTING_, FRUSTRATED, BORED)
        quick = bool(restless and self.rng.random() < QUICK)
        if self.answers == 0:
            self.firsts.append(right)
            likely = self.success() >= 0.5
            self.unlikely = 0 if likely or not self.helped else self.unlikely + 1
        self.before_right = self.wrong if right else 0
        fast = right and (state == BORED or self.rng.random() < FAST)
        self.quick = self.quick + 1 if quick else 0
        self.fast = self.fast + 1 if fast else 0
        self.streak = self.streak + 1 if right else 0
        self.wrong_streak = 0 if right else self.wrong_streak + 1
        # A right answer opens the next question.
        self.answers, self.wrong = (0, 0) if right else (self.answers + 1, self.wrong + 1)
        self.hints = 0 if right else self.hints
        self.acted = window

    def success(self) -> float:
        """Return the probability of a right answer from ability and the last five tries."""
        last = self.firsts[-5:]
        return 0.5 * self.lesson.ability + 0.5 * (sum(last) + 1) / (len(last) + 2)

    def known_at(self, window: int) -> Acts:
        """Return every signal at this time."""
        seconds = window * WINDOW_S
        while self.rewinds and (window - self.rewinds[0]) * WINDOW_S > 120:
            self.rewinds.popleft()
        last_minute = sum((window - each) * WINDOW_S <= 60 for each in self.rewinds)
        last = self.firsts[-5:]
        return {
            **STANDING,
            **({"mastery": round(self.success() ** 2, 2)} if self.firsts else {}),
            "predicted_success": round(self.success(), 2),
            "on_quiz": bool(self.lesson.on_quiz[window]),
            "video_playing": not self.lesson.on_quiz[window],
            "wrong_on_item": float(self.wrong),
            "hints_open": float(self.hints),
            "wrong_streak": float(self.wrong_streak),
            "correct_streak": float(self.streak),
            "rewinds_60s": float(last_minute),
            "replays_here": float(len(self.rewinds)),
            "course_idle_s": float((window - self.acted) * WINDOW_S),
            "away_s": 0.0,
            "opportunities": float(len(self.firsts)),
            "right_of_last_5": float(sum(last)),
            "fast_right": float(self.fast),
            "quick_answers": float(self.quick),
            "quick_hints": 0.0,
            "unlikely_after_help": float(self.unlikely),
            "wrong_before_right": float(self.before_right),
            "active_min": float(seconds // 60),
        }


def collect_acts(lesson: SimulatedHour, rng: np.random.Generator, hop: int) -> Sequence[Acts]:
    """Return the known acts of a lesson at every `hop` windows."""
    return list(_iterate_acts(lesson, rng, hop))


def _iterate_acts(lesson: SimulatedHour, rng: np.random.Generator, hop: int) -> Iterator[Acts]:
    book = _CourseRecord(lesson, rng)
    for window in range(WINDOWS):
        book.move(window)
        if window % hop == 0:
            yield book.known_at(window)
