"""A separate site for fault injection, in a temporary folder.

The command creates it and runs itself again inside, with the settings of that site. Inside, it
injects faults only if it finds the marker file that this module created.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command

from accounts.models import User
from consent.notices import notices
from courses.models import Course
from demo.seed_data import COURSE_PACKAGE
from demo.simulated_learners import people
from demo.simulated_learners.course import SimulatedLesson, list_lessons
from deployment import free_port, processes
from estimates.registry import predictors
from telemetry.blocks import partitions
from tools.testbed.environment import make_site
from tools.testbed.site import Redis, Site

MARK = "may-be-harmed"
SHOWN = "prior"
# The role that may see every backend's process.
ROOT = "attune_root"


class NotASandbox(Exception):
    """This site was not created for fault injection."""


def run_inside(arguments: Sequence[str], *, redis: bool = False) -> int:
    """Run `python -m` with these arguments in a separate site; return its exit code.

    If that is not 0, the logs of its programs are kept under var/nemesis.
    """
    with make_site() as environment:
        folder = Path(environment["ATTUNE_VAR"])
        (folder / MARK).touch()
        code = subprocess.run(
            [sys.executable, "-m", *arguments],
            env={**environment, **(_choose_redis() if redis else {}), "ATTUNE_NO_BOOTSTRAP": "1"},
            cwd=settings.BASE_DIR, check=False,
        ).returncode  # fmt: skip
        if code:
            keep_logs(folder, settings.VAR / "nemesis")
    return code


def keep_logs(folder: Path, kept: Path) -> None:
    """Replace the logs of the previous run."""
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for log in (*folder.glob("*.log"), *folder.glob("*/log")):
        shutil.copy(log, kept / str(log.relative_to(folder)).replace("/", "."))


def build_inner_arguments(
    command: Sequence[str], options: Mapping[str, Any], numbers: Sequence[str], flags: Sequence[str]
) -> list[str]:
    """Return the arguments with which a command with these options runs itself inside."""
    told = [f"--{name}={options[name]}" for name in numbers]
    return [*command, "--inside", *told, *(f"--{name}" for name in flags if options[name])]


def _choose_redis() -> Mapping[str, str]:
    return {"REDIS_URL": Redis(free_port.first_free(16379)).url}


@contextmanager
def start_site(rng: Random) -> Iterator[Site]:
    """Start all programs of the site this process runs in; raises NotASandbox."""
    if not (settings.VAR / MARK).exists() or settings.PRIVATE_POSTGRES is None:
        raise NotASandbox("expected a site that nemesis made for itself")
    found = Site(
        environment=processes.make_environment(settings.BASE_DIR, "demo"),
        folder=settings.VAR,
        conninfo=_conninfo(settings.PRIVATE_POSTGRES),
        rng=rng,
        postgres=settings.PRIVATE_POSTGRES,
        redis=Redis(urlsplit(settings.REDIS_URL).port or 0) if settings.REDIS_URL else None,
    )
    try:
        if found.redis is not None:
            found.redis.start()
        found.start("web", "worker", "beat")
        yield found
    finally:
        found.stop()


def _conninfo(server: Any) -> str:
    return f"postgresql://{ROOT}:{server.password(ROOT)}@/attune?host={server.socket()}"


def set_up_course(now: datetime) -> SimulatedLesson:
    """Publish notices and the demo's course with one Predictor; return a lesson with questions."""
    notices.publish(now)
    partitions.open_days()
    for folder in settings.ARTEFACTS_DIR.glob(f"{SHOWN}-*"):
        predictors.register(folder, now=now)
    call_command("import_course", str(COURSE_PACKAGE), verbosity=0)
    course = Course.objects.get()
    return next(each for each in list_lessons(course) if each.kind == "quiz" and each.asks)


def make_learners(count: int, now: datetime) -> list[User]:
    """Enrol simulated people in the course and grant what they send."""
    found = people.enrol(Course.objects.get(), count, now=now)
    for user in found:
        people.allow(user, now=now)
    return found
