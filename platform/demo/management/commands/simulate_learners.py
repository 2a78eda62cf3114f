"""`manage.py simulate_learners`: simulated people on the running site, over real sockets."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from consent.permits.errors import Refused
from courses.models import Course
from demo import class_history
from demo.simulated_learners import people
from demo.simulated_learners.course import list_lessons
from demo.simulated_learners.simulated_class import SimulatedClass, make_learner
from demo.simulated_learners.stats import ClassStats, make_table

SETTLE_S = 4.0
# The people of the class with a history; those beyond `--learners` are not there now.
CLASS_SIZE = 60
REFUSED = "{}; set LEGAL_PROFILE as the site has it, for instance LEGAL_PROFILE=demo"


class Command(BaseCommand):
    help = (
        "Runs simulated learners on the running site: real sessions, requests and sockets. Exit "
        "code 1 if a Block was lost: sent and never answered, or acknowledged and not stored."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--course", required=True, metavar="SLUG")
        parser.add_argument("--learners", type=int, default=24, metavar="N")
        parser.add_argument(
            "--minutes", type=float, metavar="M", help="without it they continue until stopped"
        )
        parser.add_argument(
            "--speed",
            type=float,
            default=1.0,
            metavar="X",
            help="people act X times as fast; sensor data keeps its own pace, because the site "
            "refuses Blocks from the future",
        )
        parser.add_argument("--url", default="http://localhost:8000", help="the site")
        parser.add_argument("--seed", type=int, default=0, help="who does what")
        parser.add_argument(
            "--history",
            action="store_true",
            help="first create a history for those without one",
        )
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        self.to_people = self.stderr if options["json"] else self.stdout
        course, users = self._people(options)
        if options["history"]:
            self._write_history(course, users)
        if options["minutes"] == 0:
            return
        group = self._class(course, users, options)
        figures = asyncio.run(self._run(group, options["minutes"]))
        self._print(figures, options)
        if figures.lost:
            sys.exit(1)

    def _write_history(self, course: Course, users: list[User]) -> None:
        now, count = timezone.now(), max(CLASS_SIZE, len(users))
        class_ = people.enrol(course, count, now=now - class_history.SPAN)
        others = class_[len(users) :]
        class_history.seed(users, course, now=now, say=self._say, others=others)

    def _people(self, options: dict[str, Any]) -> tuple[Course, list[User]]:
        """Return the course and its simulated people, with their consent."""
        if options["learners"] < 1 or options["speed"] <= 0:
            raise CommandError("expected at least one learner and a speed over 0", returncode=2)
        course = Course.objects.filter(slug=options["course"]).first()
        if course is None:
            known = ", ".join(Course.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"no course {options['course']}; there is {known}", returncode=2)
        since = timezone.now() - class_history.SPAN * options["history"]
        users = people.enrol(course, options["learners"], now=since)
        try:
            for user in users:
                people.allow(user, now=timezone.now())
        except Refused as refused:
            raise CommandError(REFUSED.format(refused.why), returncode=2) from None
        return course, users

    def _class(self, course: Course, users: list[User], options: dict[str, Any]) -> SimulatedClass:
        members = [
            make_learner(user, number, seed=options["seed"], pace=options["speed"])
            for number, user in enumerate(users, start=1)
        ]
        return SimulatedClass(members, list_lessons(course), options["url"].rstrip("/"))

    async def _run(self, group: SimulatedClass, minutes: float | None) -> ClassStats:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, group.stop.set)
        self._say(f"{len(group.members)} simulated learners start at {group.url}")
        figures = await group.run(60 * minutes if minutes else None, self._say)
        if not group.stop.is_set():
            await asyncio.sleep(SETTLE_S)
        return figures

    def _print(self, figures: ClassStats, options: dict[str, Any]) -> None:
        rows = make_table(figures)
        if options["json"]:
            protocol = (
                f"{options['learners']} simulated learners, {options['minutes']} min, "
                f"real sockets, seed {options['seed']}, speed {options['speed']}"
            )
            report = {"name": "simulate_learners", "protocol": protocol, "rows": rows}
            self.stdout.write(json.dumps(report))
            return
        for row in rows:
            self.stdout.write(f"{row['figure']:<30} {row['value']} {row['unit']}")

    def _say(self, line: str) -> None:
        self.to_people.write(line)
        self.to_people.flush()
