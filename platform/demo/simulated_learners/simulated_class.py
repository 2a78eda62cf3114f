"""A class of simulated learners in one event loop: each sits down, does a unit, takes the next."""

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
from demo.simulated_learners.behaviour import Actor, Manner
from demo.simulated_learners.course import Lesson
from demo.simulated_learners.http_client import Visitor
from demo.simulated_learners.knowledge import Mind
from demo.simulated_learners.socket_client import Page
from demo.simulated_learners.stats import Figures
from emotion.simulate.people import Person

logger = logging.getLogger(__name__)
DRAIN_S, HURRIED_S = 15.0, 2.0
AGAIN_S = 3.0
# Longest Sitting: a video with its questions, or a quiz, at the pace of these people.
LONGEST_S = 420.0
# Where people begin, by the place of the unit: most with the first lesson.
PLACES = (0, 2, 0, 2, 3, 5)
ABILITY, SPREAD = 0.6, 0.8


@dataclass(slots=True)
class Member:
    """One simulated person: the account, who they are, what they know, where they stand."""

    user: User
    who: Person
    mind: Mind
    manner: Manner
    rng: Random
    place: int


def member(user: User, number: int, *, seed: int, pace: float) -> Member:
    """The simulated person behind an account; the same number, the same person."""
    who, rng = sensor_data.person(number), Random(seed * 10_000 + number)  # noqa: S311
    return Member(
        user=user,
        who=who,
        mind=Mind(ABILITY + SPREAD * who.traits.ability),
        manner=replace(Manner(), pace=pace, stalls=rng.uniform(0.2, 0.8)),
        rng=rng,
        place=PLACES[number % len(PLACES)],
    )


class Class:
    """Everybody, the course and the site. `figures` counts; `stop` ends it early."""

    def __init__(self, members: Sequence[Member], lessons: Sequence[Lesson], url: str) -> None:
        self.members, self.lessons, self.url = members, lessons, url
        self.figures = Figures()
        self.stop = asyncio.Event()

    async def run(self, seconds: float | None, say: Callable[[str], None]) -> Figures:
        """Live for so long, or until `stop`; each page is answered for before this returns."""
        until = monotonic() + seconds if seconds else float("inf")
        telling = asyncio.create_task(self._tell(say, 10.0 if seconds else 60.0))
        try:
            await asyncio.gather(*(self._live(each, until) for each in self.members))
        finally:
            telling.cancel()
        return self.figures

    async def _tell(self, say: Callable[[str], None], every_s: float) -> None:
        began = monotonic()
        while True:
            await asyncio.sleep(every_s)
            say(f"{monotonic() - began:.0f} s: {self.figures.so_far()}")

    async def _live(self, one: Member, until: float) -> None:
        """Sit after Sit; one that failed is told, and the person tries again."""
        await self._wait(one.rng.uniform(0, min(8.0, len(self.members) / 5)))
        while not self.stop.is_set() and monotonic() < until:
            lesson = self.lessons[one.place % len(self.lessons)]
            one.place += 1
            try:
                await self._sit(one, lesson, min(until, monotonic() + LONGEST_S))
            except OSError as error:
                self.figures.failed += 1
                logger.warning("simulated.sitting_failed", extra={"reason": str(error)})
                await self._wait(AGAIN_S)

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stop.wait(), seconds)
        except TimeoutError:
            return

    async def _sit(self, one: Member, lesson: Lesson, until: float) -> None:
        """One unit in one Sitting, on a session of its own."""
        cookie = await database_sync_to_async(people.sign_in)(one.user)
        try:
            page = await self._open(one, lesson, cookie, until)
            self.figures.open.add(page)
            await self._be_on(page, Actor(
                page, lesson, one.mind, one.manner, until=until, rng=one.rng
            ))  # fmt: skip
            self.figures.take(page, await database_sync_to_async(stats.absent)(page))
        finally:
            await database_sync_to_async(people.sign_out)(cookie)

    async def _open(self, one: Member, lesson: Lesson, cookie: str, until: float) -> Page:
        seed = np.random.default_rng(one.rng.getrandbits(64))
        tape = sensor_data.draw(one.who, until - monotonic() + DRAIN_S, rng=seed)
        page = Page(Visitor(self.url, cookie), lesson.code, tape, rng=one.rng)
        await page.open()
        return page

    async def _be_on(self, page: Page, actor: Actor) -> None:
        """Hold the socket while the person acts; then wait for every answer."""
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
