"""The machine of a measurement: what it is, what was spent on it, and who may run where."""

from __future__ import annotations

import os
import platform
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from health.site_metrics import children

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
    """Seconds that a process and its children have spent so far, all their threads together."""
    return sum(_cpu_s(each) for each in (pid, *children(pid)))


def memory_mb(programs: Mapping[str, int]) -> dict[str, float]:
    """Memory in RAM of each program by its process; `sockets` = the child of `web`."""
    return {name: _rss_mb(pid) for name, pid in _with_sockets(programs).items()}


def peak_mb(programs: Mapping[str, int]) -> dict[str, float]:
    """Return what each of these programs had in RAM at its most."""
    return {name: _peak_mb(pid) for name, pid in _with_sockets(programs).items()}


def _with_sockets(programs: Mapping[str, int]) -> dict[str, int]:
    found = dict(programs)
    for pid in children(programs["web"]):
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
