"""The machine of a measurement: what it is, what was spent on it, and who may run where."""

from __future__ import annotations

import os
import platform
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

TICKS, PAGE_BYTES = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


def described() -> dict[str, object]:
    cpus = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = {line.partition(":")[2].strip() for line in cpus if line.startswith("model name")}
    return {
        "cores": os.cpu_count(),
        "model": ", ".join(sorted(models)),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }


def cpu_s(pid: int) -> float:
    """Seconds that a process has spent so far, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_mb(pid: int) -> float:
    """Memory of a process that is in RAM."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return round(pages * PAGE_BYTES / 1e6, 2)


def running_in(folder: Path) -> Iterator[int]:
    """The processes that have this folder, or one inside it, as theirs: those of a PostgreSQL."""
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(folder):
                yield int(entry.name)
        except OSError:
            continue


def may_run_on(pids: Collection[int], cores: Collection[int]) -> None:
    """Those of them that are there: PostgreSQL ends its processes when it likes."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.sched_setaffinity(pid, cores)
