"""The simulated learners of the demo: their past once, then one more process for as long as it
runs. They are marked as simulated wherever a person sees them."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from accounts import people
from courses.models import Course
from demo import learner_history
from demo.simulated_learners.people import login
from deployment import processes
from deployment.supervisor import Process

COMMAND = "simulate_learners"
PATIENCE_S = 120


def process(root: Path, host: str, port: int, learners: int) -> Process | None:
    """None when nobody is to be simulated, or there is no course to sit in."""
    command = _command(root, learners)
    if command is None:
        return None
    url = f"http://{host}:{port}"
    environment = processes.environment(root, settings.LEGAL_PROFILE or "demo")
    return Process("learner", [*command, "--url", url], environment)


def give_past(root: Path, learners: int) -> None:
    """At the first start; in a process of its own, since it needs the networks and this one not."""
    command = _command(root, learners)
    last = people.find_by_login(login(learners))
    if command is None or (last is not None and learner_history.is_there(last)):
        return
    environment = processes.environment(root, settings.LEGAL_PROFILE or "demo")
    with suppress(subprocess.TimeoutExpired):  # what is missing is made at the next start
        subprocess.run(
            [*command, "--history", "--minutes", "0"],
            cwd=root,
            env={**os.environ, **environment},
            timeout=PATIENCE_S,
            check=False,
        )


def _command(root: Path, learners: int) -> list[str] | None:
    course = Course.objects.order_by("pk").first()
    if not learners or course is None:
        return None
    program = [sys.executable, str(root / "manage.py"), COMMAND]
    return [*program, "--course", course.slug, "--learners", str(learners)]
