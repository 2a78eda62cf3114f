"""The programs of one site on several hosts, as the faults and checkers of tools.chaos know a site.

Programs are named by kind and host: web1, web2, live1, slow1, beat1, live2, slow2, beat2.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Final

from django.conf import settings

from deployment import processes
from deployment.supervisor import Process
from tools.hosts import load_balancer, network
from tools.hosts.clock_shift import ClockShift
from tools.hosts.topology import (
    ROOT,
    WEB_HOSTS,
    WORK_HOSTS,
    Topology,
    open_topology,
)
from tools.testbed import process_control, sandbox
from tools.testbed.process_control import SiteProgram, Zygote
from tools.testbed.proxy import Proxy
from tools.testbed.site import Site

WORKER_KINDS: Final = ("live", "slow", "beat")


@dataclass(slots=True, kw_only=True)
class HostedSite(Site):
    """A site over hosts. Its proxy is between the pages and HAProxy."""

    topology: Topology
    clocks: ClockShift

    def __post_init__(self) -> None:
        self.port = load_balancer.PORT
        self.proxy = Proxy(self.port, self.rng, host=self.topology.balancer.address)

    def start_all(self) -> None:
        """Start every program on every host; returns when all web hosts answer."""
        for host in (*WEB_HOSTS, *WORK_HOSTS):
            self.start(*list_programs(host))
        self.wait_for_web()

    def start(self, *names: str) -> None:
        for name in names:
            if name not in self.programs:
                self.programs[name] = self._program(name)
            self.programs[name].start()

    def wait_for_web(self) -> None:
        for host in WEB_HOSTS:
            load_balancer.wait_for(network.ADDRESSES[host])
        self.topology.balancer.wait()

    def kill_host(self, host: str) -> None:
        """Kill every process of a host and pull its cable, so that no connection is closed.

        The load balancer's cable stays: behind a silent one, a page that waits for a welcome waits
        for a minute by its own choice, which says nothing about the hosts.
        """
        if host != self.topology.balancer.host:
            network.set_link(host, up=False)
        network.kill_processes(host)

    def start_host(self, host: str) -> None:
        """Plug the cable in, and start what belongs to the host."""
        network.set_link(host, up=True)
        if host in (*WEB_HOSTS, *WORK_HOSTS):
            self.start(*list_programs(host))
        elif host == "proxy":
            self.topology.balancer.start()
        elif host == "keys":
            self.topology.start_keys()
        elif host == "s3":
            self.topology.start_s3()
        else:
            pair = self.topology.databases
            pair.restart(next(each for each in (pair.primary, pair.standby) if each.host == host))
        if host in WEB_HOSTS:
            load_balancer.wait_for(network.ADDRESSES[host])

    def _program(self, name: str) -> SiteProgram:
        host = find_host(name)
        environment = {
            **self.topology.environment(host),
            **processes.make_environment(ROOT, "demo"),
            **self.clocks.environment(host),
        }
        process = self._process(name, host, environment)
        warm = process_control.WARM_WEB if name in WEB_HOSTS else process_control.WARM_WORKER
        if host not in self.zygotes:
            (self.topology.folder / host / "static").mkdir(parents=True, exist_ok=True)
            namespace = str(network.namespace_file(host))
            self.zygotes[host] = Zygote(warm, environment, namespace)
        return SiteProgram(process, self.zygotes[host], self.folder / f"{name}.log")

    def _process(self, name: str, host: str, environment: dict[str, str]) -> Process:
        if name in WEB_HOSTS:
            return processes.make_web(network.ADDRESSES[host], load_balancer.PORT, environment)
        if name.startswith("beat"):
            return processes.make_beat(environment)
        return processes.make_worker(environment, threads=1, queues=name.rstrip("12"))


def list_programs(host: str) -> list[str]:
    """Return the names of the site's programs on a host."""
    if host in WEB_HOSTS:
        return [host]
    return [f"{kind}{host.removeprefix('work')}" for kind in WORKER_KINDS]


def find_host(program: str) -> str:
    return program if program in WEB_HOSTS else f"work{program[-1]}"


@contextmanager
def start_site(rng: Random, *, clocks_off_s: int = 0) -> Iterator[HostedSite]:
    """Start all programs of the site this process observes; raises NotASandbox."""
    folder = settings.VAR.parent
    if not (folder / sandbox.MARK).exists():
        raise sandbox.NotASandbox("expected hosts that tools.hosts made for itself")
    found = HostedSite(
        environment={}, folder=folder, conninfo="", rng=rng, topology=open_topology(folder),
        clocks=ClockShift(folder, clocks_off_s),
    )  # fmt: skip
    try:
        found.start_all()
        yield found
    finally:
        found.stop()
