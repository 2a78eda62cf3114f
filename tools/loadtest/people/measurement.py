"""One run: a list is imported the normal way, pages are requested, and the import is undone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any, Final

from accounts.models import User
from accounts.people import make_person
from stewardship.people.imports.models import ImportRun
from stewardship.tasks import import_people_due
from tools.loadtest.people import invented_people, steward_browser
from tools.loadtest.people.steward_browser import StewardBrowser
from tools.testbed import machine

SEED: Final = 0
WARM_UP: Final = 3
Row = dict[str, Any]
Clock = Callable[[], float]


def make_steward(now: Any) -> User:
    """Return the Steward who imports."""
    return make_person("steward", name="S", roles=["steward"], password="-" * 30, now=now)


def measure(
    browser: StewardBrowser, programs: Mapping[str, int], count: int, *, times: int, undo: bool
) -> Iterator[Row]:
    """Import `count` people, request their pages, undo it; yield the figures.

    `programs`: the processes of the site whose memory counts, by name; `web` is one of them.
    """
    people = invented_people.invent(count, rng=Random(SEED))  # noqa: S311 - invented people
    browser.sign_in()
    for _ in range(WARM_UP):
        list(steward_browser.time_pages(browser, people, 1))
        browser.get(steward_browser.UPLOAD)
    before = _memory(programs)
    yield {"what": "memory before", **before}
    file = invented_people.as_csv(people)
    for what in ("", " again"):
        began = time.monotonic()
        page = _upload(browser, file)
        yield {
            "what": f"upload{what}",
            "s": _seconds_since(began),
            **_measure_growth(before, programs),
        }
        yield _run_worker(f"read{what}", count, "ready")
        if not what:
            browser.sign_in()
            browser.post(page, {"act": "start"})
            yield _run_worker("apply", count, "done")
            if User.objects.count() < count:
                raise RuntimeError(f"expected {count} people, got {User.objects.count()}")
            first = page
    browser.sign_in()
    began = time.monotonic()
    browser.get(page)
    yield {
        "what": "page of the preview",
        "s": _seconds_since(began),
        **_measure_growth(before, programs),
    }
    yield from steward_browser.time_pages(browser, people, times)
    yield {"what": "memory after the pages", **_measure_growth(before, programs)}
    if undo:
        browser.sign_in()
        browser.post(first, {"act": "undo"})
        yield _run_worker("undo", count, "undone")


def _upload(browser: StewardBrowser, file: bytes) -> str:
    """Send the file; return the page of its import."""
    typed = {"band": "teen", "role": "learner"}
    there = browser.upload(steward_browser.UPLOAD, file, typed).headers["Location"]
    if not there:
        raise RuntimeError("expected the file to be taken")
    return str(there)


def _load_newest_run(*, begun: bool) -> ImportRun:
    """Return the newest run, or the one that a Steward started last."""
    runs = ImportRun.objects.exclude(began_at=None) if begun else ImportRun.objects.all()
    return runs.latest("began_at" if begun else "sent_at")


def _run_worker(what: str, count: int, state: str) -> Row:
    """Do the worker's job and check that it finished."""
    began, used = time.monotonic(), time.process_time()
    import_people_due()
    run = _load_newest_run(begun=state != "ready")
    took, used = time.monotonic() - began, time.process_time() - used
    if run.state != state:
        raise RuntimeError(f"expected {state} of {what}, got {run.state}")
    return {
        "what": what,
        "minutes": round(took / 60, 2),
        "cpu_s": round(used, 1),
        "rows_a_second": round(count / max(took, 1e-9)),
        "tally": {name: run.tally.get(name, 0) for name in ("error", "new", "updated", "same")},
        "skipped": run.skipped,
    }


def _measure_growth(before: Mapping[str, float], programs: Mapping[str, int]) -> Row:
    """Return by how much each process has grown, at its peak and now."""
    now = _memory(programs)
    return {f"{name}_grown_mb": round(now[name] - before[name], 1) for name in before}


def _memory(programs: Mapping[str, int]) -> dict[str, float]:
    """Return each process's current and peak memory."""
    most = machine.peak_mb(programs)
    return machine.memory_mb(programs) | {f"{name}_peak": mb for name, mb in most.items()}


def _seconds_since(began: float) -> float:
    return round(time.monotonic() - began, 2)
