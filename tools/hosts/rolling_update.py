"""An update without a gap: hosts restart their programs in turn while a page is called."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from tools.chaos.faults import Fault
from tools.hosts import load_balancer, network
from tools.hosts.faults import TakenOver
from tools.hosts.hosted_site import list_programs
from tools.hosts.topology import WEB_HOSTS, WORK_HOSTS

# systemd waits so long before it kills (TimeoutStopSec).
ENDS_WITHIN_S: Final = 30.0
EVERY_S: Final = 0.05
PATIENCE_S: Final = 10.0


@dataclass(slots=True)
class PageCaller:
    """A visitor who opens a page through the load balancer twenty times a second."""

    address: str
    answered_s: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)

    def call(self) -> None:
        began = time.monotonic()
        try:
            reply = load_balancer.request_page(self.address, timeout=PATIENCE_S)
        except OSError as error:
            self.failures.append(type(error).__name__)
            return
        self.answered_s.append(time.monotonic() - began)
        if not reply.accepted:
            self.failures.append(str(reply.status))

    @contextmanager
    def keep_calling(self) -> Iterator[None]:
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join(2 * PATIENCE_S)

    def _run(self) -> None:
        while not self._end.wait(EVERY_S):
            self.call()


@dataclass(slots=True)
class RollingUpdate(TakenOver):
    """Every host ends its programs by SIGTERM and starts them again, in the order of an update.

    `overdue`: the programs that did not end in time and were killed.
    """

    callers: list[PageCaller] = field(default_factory=list, init=False)
    overdue: list[str] = field(default_factory=list, init=False)

    def start(self) -> None:
        caller = PageCaller(self.site.topology.balancer.address)
        self.callers.append(caller)
        with caller.keep_calling():
            for host in (*WEB_HOSTS, *WORK_HOSTS):
                self._update(host)

    def _update(self, host: str) -> None:
        began = time.monotonic()
        programs = {name: self.site.programs[name] for name in list_programs(host)}
        for program in programs.values():
            program.signal(signal.SIGTERM)
        for name, program in programs.items():
            if not program.wait(ENDS_WITHIN_S):
                self.overdue.append(name)
                program.kill()
        if host in WEB_HOSTS:
            self.measure(began)
        self.site.start(*programs)
        if host in WEB_HOSTS:
            load_balancer.wait_for(network.ADDRESSES[host])
            # As the guide does: the next host only when this one answers.
            self.site.topology.balancer.wait()


def describe_updates(faults: Sequence[Fault]) -> dict[str, Any]:
    """Return what callers saw during all updates; each failed call is a gap."""
    updates = [fault for fault in faults if isinstance(fault, RollingUpdate)]
    callers = [caller for each in updates for caller in each.callers]
    answered = [seconds for caller in callers for seconds in caller.answered_s]
    failures = [failure for caller in callers for failure in caller.failures]
    overdue = sorted(name for each in updates for name in each.overdue)
    # A slow worker may be in the middle of something long; what was interrupted is due again.
    late = [name for name in overdue if not name.startswith("slow")]
    broken = {
        "failures": bool(failures),
        "overdue": bool(late),
    }
    return {
        "row": "updates",
        "updates": len(callers),
        "calls": len(answered),
        "failures": failures,
        "slowest_s": round(max(answered, default=0.0), 2),
        "overdue": overdue,
        "broken": [name for name, is_broken in broken.items() if is_broken],
    }
