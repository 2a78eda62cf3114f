"""One run: a film is sent over a line that breaks, and what arrived is compared with it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.people import make_person
from authoring.films import film_files
from authoring.films.models import Upload
from authoring.media.uploads import MB
from courses.models import Course, Enrolment
from tools.loadtest.films.film_sender import FilmSender, make_piece
from tools.testbed import machine

SEED: Final = 31
OUTAGE_S: Final = 1.0
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """The line between author and site; `mb_a_second` None is as fast as the machine can."""

    mb_a_second: float | None
    breaks: int


@dataclass(slots=True)
class MemoryLog:
    """The resident memory of each process, once a second."""

    programs: Mapping[str, int]
    began: float
    samples: list[tuple[float, int, Mapping[str, float]]] = field(default_factory=list)

    def sample(self, sent: int) -> None:
        """Store a sample unless one was taken within the last second."""
        now = time.monotonic() - self.began
        if not self.samples or now - self.samples[-1][0] >= 1:
            self.samples.append((now, sent, machine.memory_mb(self.programs)))


def make_author(course: Course, now: datetime) -> User:
    """Return a new author of this course."""
    author = make_person("author", name="A", roles=["author"], password="-" * 30, now=now)
    Enrolment.objects.create(user=author, course=course, role="teacher", since=now)
    return author


def sign_in(by: User) -> str:
    """Return the session of this author."""
    client = Client()
    client.force_login(by)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def measure(
    address: str, programs: Mapping[str, int], course: Course, by: User, length: int, line: Line
) -> Iterator[Row]:
    """Send a film of `length` bytes; yield the memory over time, and whether it is whole.

    A first small film warms the processes up.
    """
    unit = course.units.filter(kind="video").first()
    if unit is None:
        raise RuntimeError("expected a course with a video unit")
    place, session = reverse("authoring:uploads", args=[course.slug, unit.code]), sign_in(by)
    warm = MemoryLog(programs, time.monotonic())
    _send_film(FilmSender(address, session, None, warm.sample), place, 2 * MB, breaks=0)
    before, log = machine.memory_mb(programs), MemoryLog(programs, time.monotonic())
    rate = line.mb_a_second and line.mb_a_second * MB
    sender = FilmSender(address, session, rate, log.sample)
    digest, resent, broke = _send_film(sender, place, length, breaks=line.breaks)
    seconds = time.monotonic() - log.began
    yield from _describe_memory(log)
    yield {
        "what": "film",
        "mb": round(length / MB, 1),
        "line_mb_a_second": line.mb_a_second,
        "breaks": broke,
        "resent_mb": round(resent / MB, 1),
        "seconds": round(seconds, 1),
        "mb_a_second": round(length / MB / seconds, 2),
        "whole": _digest_stored() == digest,
        **_measure_growth(before, log, machine.peak_mb(programs)),
    }


def _send_film(sender: FilmSender, place: str, length: int, *, breaks: int) -> tuple[str, int, int]:
    """Send it; return its digest, the bytes that were sent in vain, and the number of breaks."""
    path, offset, resent, broke = sender.begin(place, length), 0, 0, 0
    digest = hashlib.sha256()
    while offset < length:
        piece = make_piece(SEED, offset, length)
        if broke < breaks and offset >= length * broke // breaks:
            broke += 1
            at = len(piece) * broke // (breaks + 1)
            sender.break_within(path, offset, piece, at)
            resent += at
            time.sleep(OUTAGE_S)
            if sender.find_offset(path) != offset:
                raise RuntimeError("expected no byte of a piece that broke off")
            continue
        sender.send(path, offset, piece)
        digest.update(piece)
        offset = sender.find_offset(path)
    return digest.hexdigest(), resent, broke


def _digest_stored() -> str:
    """Return the digest of the film that arrived last."""
    with film_files.path_of(Upload.objects.latest("sent_at").id).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _describe_memory(log: MemoryLog, rows: int = 20) -> Iterator[Row]:
    """Yield about this number of samples, evenly spread."""
    for at, sent, memory in log.samples[:: max(1, len(log.samples) // rows)]:
        found = {f"{name}_mb": mb for name, mb in memory.items()}
        yield {"what": "memory", "s": round(at), "sent_mb": sent // MB, **found}


def _measure_growth(before: Mapping[str, float], log: MemoryLog, peak: Mapping[str, float]) -> Row:
    """Return what each process had at the start, and the most beyond it: sampled, and ever."""
    found: Row = {}
    for name, start in before.items():
        most = max((memory[name] for _, _, memory in log.samples), default=start)
        found |= {
            f"{name}_start_mb": start,
            f"{name}_grown_mb": round(most - start, 1),
            f"{name}_peak_grown_mb": round(peak[name] - start, 1),
        }
    return found
