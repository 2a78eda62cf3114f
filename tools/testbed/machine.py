"""Properties of the machine, resources used by processes, and CPU pinning."""

from __future__ import annotations

import os
import platform
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from health.site_metrics import find_children

TICKS, PAGE_BYTES = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


def describe() -> dict[str, object]:
    cpus = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = {line.partition(":")[2].strip() for line in cpus if line.startswith("model name")}
    return {
        "cores": os.cpu_count(),
        "model": ", ".join(sorted(models)),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }


def cpu_s(pid: int) -> float:
    """Return the CPU seconds used by a process and its children, all threads together."""
    return sum(_cpu_s(each) for each in (pid, *find_children(pid)))


def memory_mb(programs: Mapping[str, int]) -> dict[str, float]:
    """Return the resident memory of each program by its process; `sockets` = the child of `web`."""
    return {name: _rss_mb(pid) for name, pid in _with_sockets(programs).items()}


def peak_mb(programs: Mapping[str, int]) -> dict[str, float]:
    """Return the peak resident memory of each program."""
    return {name: _peak_mb(pid) for name, pid in _with_sockets(programs).items()}


def _with_sockets(programs: Mapping[str, int]) -> dict[str, int]:
    found = dict(programs)
    for pid in find_children(programs["web"]):
        found["sockets"] = pid
    return found


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _rss_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return round(pages * PAGE_BYTES / 1e6, 2)


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    kib = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
    return round(kib * 1024 / 1e6, 2)


def find_processes_in(folder: Path) -> Iterator[int]:
    """Yield the processes whose working directory is this folder or one inside it
    (PostgreSQL's).
    """
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(folder):
                yield int(entry.name)
        except OSError:
            continue


def pin_to_cores(pids: Collection[int], cores: Collection[int]) -> None:
    """Pin the processes to `cores`; skip those that have exited, as PostgreSQL backends do."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.sched_setaffinity(pid, cores)
