"""Behaviour of a simulated person on a page: watches, answers, opens hints, reports, reacts.

Times are drawn around those of unhurried people; `pace` speeds everybody up.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from random import Random
from time import monotonic
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

from courses.question_types.registry import QUESTION_TYPES
from demo.simulated_learners.course import (
    DRAWS,
    AnswerableQuestion,
    SimulatedLesson,
)
from demo.simulated_learners.knowledge import LearnerKnowledge
from demo.simulated_learners.learner_page import LearnerPage, Offer

NOTE = re.compile(r'name="h" value="([^"]*)"')
TRIES = 4
HINT_WAIT_S = 8.5


@dataclass(frozen=True, slots=True)
class LearnerHabits:
    """Habits of a person, as probabilities: to stall when stuck, open a hint, report at a step, and
    so on.
    """

    stalls: float = 0.5
    asks_for_hints: float = 0.35
    says: float = 0.08
    accepts: float = 0.5
    later: float = 0.3
    pace: float = 1.0


class Actor:
    """One person on one page until `until` (of the monotonic clock)."""

    def __init__(
        self,
        page: LearnerPage,
        lesson: SimulatedLesson,
        mind: LearnerKnowledge,
        manner: LearnerHabits,
        *,
        until: float,
        rng: Random,
    ) -> None:
        self.page, self.lesson, self.mind, self.manner = page, lesson, mind, manner
        self.until, self.rng = until, rng
        self.path = f"/units/{lesson.code}/"
        self.wants_hint = False
        self.answers = self.hints = self.offers = 0

    async def act(self) -> None:
        """Do everything this page is for. Raises OSError if the site does not answer."""
        reacting = asyncio.create_task(self._react())
        try:
            self.page.event("visibility", 1.0)
            await (self._watch() if self.lesson.kind == "video" else self._work())
        finally:
            reacting.cancel()
            await asyncio.gather(reacting, return_exceptions=True)

    async def _think(self, least: float, most: float) -> bool:
        """Wait for a random time; False when time is over."""
        wait = self.rng.uniform(least, most) / self.manner.pace
        await asyncio.sleep(max(0.0, min(wait, self.until - monotonic())))
        return monotonic() < self.until

    async def _watch(self) -> None:
        at, asked = 0.0, self.lesson.inside
        self.page.event("play", at)
        while at < self.lesson.seconds and await self._think(5, 8):
            began, at = at, min(at + 6.5 * self.manner.pace, self.lesson.seconds)
            fields = {"watched": f"{began:.1f},{at:.1f}", "at": f"{at:.1f}"}
            await self.page.visitor.post(f"{self.path}watched/", fields)
            if asked and at >= (asked[0].time_s or 0.0):
                self.page.event("pause", at)
                await self._solve(asked.pop(0), None)
                self.page.event("play", at)
            at = await self._wander(at)
        if at >= self.lesson.seconds:
            self.page.event("ended", at)

    async def _wander(self, at: float) -> float:
        """Now and then seek back, pause or report; return the player's position afterwards."""
        self._say_something()
        chance = 0.2 if self.page.state() in ("CONFUSION", "FRUSTRATION") else 0.06
        if self.rng.random() < chance:
            back = min(at, self.rng.uniform(8, 20))
            self.page.event("seek", -round(back, 1))
            return at - back
        if self.rng.random() < 0.05:
            self.page.event("pause", at)
            await self._think(2, 6)
            self.page.event("play", at)
        return at

    async def _work(self) -> None:
        """Read a reading, or answer a quiz in the order in which the site asks."""
        if self.lesson.kind == "reading":
            if await self._think(15, 30):
                await self.page.visitor.post(f"{self.path}done/", {})
            return
        after = ""
        while await self._think(1, 3):
            found = await self.page.visitor.get(self.path + after)
            code = parse_qs(urlsplit(found.location).query).get("question", [""])[0]
            ask = self.lesson.asks.get(UUID(code)) if code else None
            if not await self._solve(ask or self._any(), None if ask else self._number()):
                return
            after = f"?after={code}" if code else ""
            self._say_something()

    def _any(self) -> AnswerableQuestion:
        """Pick any question: after the quiz is done, practise again."""
        return self.rng.choice(sorted(self.lesson.asks.values(), key=lambda ask: ask.pk))

    def _number(self) -> int:
        return self.rng.randint(1, DRAWS)

    async def _solve(self, ask: AnswerableQuestion, number: int | None) -> bool:
        """Try until right or tired; False when time is over."""
        number = number if ask.spec is not None else None
        note, hints = "", 0
        for attempt in range(TRIES):
            if not await self._think(4, 12):
                return False
            if hints < ask.hints and (self.wants_hint or self._asks_for_hint(attempt)):
                note, hints = await self._open_hint(ask, number, note), hints + 1
            if await self._answer(ask, number, note, hints):
                return True
            if attempt and self.rng.random() < self.manner.stalls:
                await self._think(22, 40)
        return True

    def _asks_for_hint(self, attempt: int) -> bool:
        return attempt > 0 and self.rng.random() < self.manner.asks_for_hints

    async def _answer(
        self, ask: AnswerableQuestion, number: int | None, note: str, hints: int
    ) -> bool:
        right = self.mind.answer(ask, self.rng, hints=hints, state=self.page.state())
        given = ask.reply(right=right, number=number, lot=self.rng.randrange(100))
        sent = {
            "question": str(ask.code),
            **QUESTION_TYPES[ask.kind].form_data(given),
            "sitting": str(self.page.sitting),
            "elapsed_ms": self.rng.randint(3_000, 15_000),
            "draw": number or "",
            "h": note,
        }
        await self.page.visitor.post(f"{self.path}answer/", sent)
        self.answers += 1
        return right

    async def _open_hint(self, ask: AnswerableQuestion, number: int | None, note: str) -> str:
        """Open the next hint; return the page's new note."""
        self.wants_hint = False
        if note and not await self._think(HINT_WAIT_S, HINT_WAIT_S + 3):
            return note
        query = {"question": ask.code, "draw": number or "", "h": note, "open": "1"}
        found = await self.page.visitor.get(f"{self.path}?{urlencode(query)}")
        carried = NOTE.search(found.text)
        self.hints += 1
        self.page.event("hint", float(self.hints), ask.code)
        return carried[1] if carried else note

    def _say_something(self) -> None:
        if self.rng.random() >= self.manner.says:
            return
        state = self.page.state().lower()
        words = {"confusion": "stuck", "frustration": "stuck", "interest": "got_it"}
        plain = self.rng.random() < 0.5
        self.page.report(words.get(state, "got_it") if plain else state)

    async def _react(self) -> None:
        """React to each offer: accept, postpone, or decline for this question."""
        while True:
            offer = await self.page.offers.get()
            self.offers += 1
            self.page.outcome(offer["code"], "shown")
            if await self._think(1.5, 5):
                self._decide(offer)

    def _decide(self, offer: Offer) -> None:
        lot = self.rng.random() - self.manner.accepts
        taken = lot < 0
        self.page.outcome(
            offer["code"], "accepted" if taken else "later" if lot < self.manner.later else "never"
        )
        if taken and offer["kind"] == "jump_back":
            self.page.event("seek", -15.0)
        elif taken:
            self.wants_hint = True
