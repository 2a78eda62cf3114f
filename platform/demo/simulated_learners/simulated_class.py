"""A class of simulated learners in one event loop: each does one unit after another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from time import monotonic

import numpy as np
from channels.db import database_sync_to_async

from accounts.models import User
from demo.simulated_learners import people, sensor_data, stats
from demo.simulated_learners.behaviour import Actor, LearnerHabits
from demo.simulated_learners.course import SimulatedLesson
from demo.simulated_learners.http_client import Visitor
from demo.simulated_learners.knowledge import LearnerKnowledge
from demo.simulated_learners.learner_page import LearnerPage
from demo.simulated_learners.stats import ClassStats
from emotion.simulate.people import SimulatedPerson

logger = logging.getLogger(__name__)
DRAIN_S, HURRIED_S = 15.0, 2.0
AGAIN_S = 3.0
# Longest Sitting: a video with its questions, or a quiz, at the pace of these people.
LONGEST_S = 420.0
# Where people begin, by the place of the unit: most with the first lesson.
PLACES = (0, 2, 0, 2, 3, 5)
ABILITY, SPREAD = 0.6, 0.8


@dataclass(slots=True)
class SimulatedLearner:
    """One simulated person: account, traits, knowledge, and place in the course."""

    user: User
    who: SimulatedPerson
    mind: LearnerKnowledge
    manner: LearnerHabits
    rng: Random
    place: int


def make_learner(user: User, number: int, *, seed: int, pace: float) -> SimulatedLearner:
    """Return the simulated person behind an account; the same number gives the same person."""
    who, rng = sensor_data.make_person(number), Random(seed * 10_000 + number)  # noqa: S311
    return SimulatedLearner(
        user=user,
        who=who,
        mind=LearnerKnowledge(ABILITY + SPREAD * who.traits.ability),
        manner=replace(LearnerHabits(), pace=pace, stalls=rng.uniform(0.2, 0.8)),
        rng=rng,
        place=PLACES[number % len(PLACES)],
    )


class SimulatedClass:
    """All simulated learners, the course and the site. `figures` counts; `stop` ends it early."""

    def __init__(
        self, members: Sequence[SimulatedLearner], lessons: Sequence[SimulatedLesson], url: str
    ) -> None:
        self.members, self.lessons, self.url = members, lessons, url
        self.figures = ClassStats()
        self.stop = asyncio.Event()

    async def run(self, seconds: float | None, say: Callable[[str], None]) -> ClassStats:
        """Run for `seconds`, or until `stop`; returns once every page's messages are answered."""
        until = monotonic() + seconds if seconds else float("inf")
        telling = asyncio.create_task(self._report_progress(say, 10.0 if seconds else 60.0))
        try:
            await asyncio.gather(*(self._run_learner(each, until) for each in self.members))
        finally:
            telling.cancel()
        return self.figures

    async def _report_progress(self, say: Callable[[str], None], every_s: float) -> None:
        began = monotonic()
        while True:
            await asyncio.sleep(every_s)
            say(f"{monotonic() - began:.0f} s: {self.figures.format_progress()}")

    async def _run_learner(self, one: SimulatedLearner, until: float) -> None:
        """Do one Sitting after another; report one that failed, and try again."""
        await self._wait(one.rng.uniform(0, min(8.0, len(self.members) / 5)))
        while not self.stop.is_set() and monotonic() < until:
            lesson = self.lessons[one.place % len(self.lessons)]
            one.place += 1
            try:
                await self._do_unit(one, lesson, min(until, monotonic() + LONGEST_S))
            except OSError as error:
                self.figures.failed += 1
                logger.warning("simulated.sitting_failed", extra={"reason": str(error)})
                await self._wait(AGAIN_S)

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stop.wait(), seconds)
        except TimeoutError:
            return

    async def _do_unit(self, one: SimulatedLearner, lesson: SimulatedLesson, until: float) -> None:
        """Do one unit in one Sitting, with its own session."""
        cookie = await database_sync_to_async(people.sign_in)(one.user)
        try:
            page = await self._open(one, lesson, cookie, until)
            self.figures.open.add(page)
            await self._act_on_page(page, Actor(
                page, lesson, one.mind, one.manner, until=until, rng=one.rng
            ))  # fmt: skip
            self.figures.add_page(page, await database_sync_to_async(stats.count_absent)(page))
        finally:
            await database_sync_to_async(people.sign_out)(cookie)

    async def _open(
        self, one: SimulatedLearner, lesson: SimulatedLesson, cookie: str, until: float
    ) -> LearnerPage:
        seed = np.random.default_rng(one.rng.getrandbits(64))
        tape = sensor_data.simulate(one.who, until - monotonic() + DRAIN_S, rng=seed)
        page = LearnerPage(Visitor(self.url, cookie), lesson.code, tape, rng=one.rng)
        await page.open()
        return page

    async def _act_on_page(self, page: LearnerPage, actor: Actor) -> None:
        """Keep the socket open while the person acts; then wait for every answer."""
        holding = asyncio.create_task(page.run())
        acting = asyncio.create_task(actor.act())
        stopping = asyncio.create_task(self.stop.wait())
        await asyncio.wait({holding, acting, stopping}, return_when="FIRST_COMPLETED")
        acting.cancel()
        stopping.cancel()
        ended, _ = await asyncio.gather(acting, stopping, return_exceptions=True)
        await page.finish(HURRIED_S if self.stop.is_set() else DRAIN_S)
        await holding
        if isinstance(ended, Exception):
            self.figures.failed += 1
            logger.warning("simulated.act_failed", extra={"reason": repr(ended)})
