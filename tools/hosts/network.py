"""Hosts as network namespaces on one Linux bridge: addresses, links, partitions, processes.

A thread enters a namespace, so the sockets it opens and the processes it starts belong to that
host. The machine itself is on the bridge, too, with the first address: there the pages live.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tools.hosts import disks
from tools.testbed import prefork

BRIDGE: Final = "attune-hosts"
NETWORK: Final = "10.77.32"
MACHINE: Final = f"{NETWORK}.1"
ADDRESSES: Final = {
    name: f"{NETWORK}.{last}"
    for name, last in (
        ("proxy", 10),
        ("web1", 21),
        ("web2", 22),
        ("work1", 31),
        ("work2", 32),
        ("db1", 41),
        ("db2", 42),
        ("keys", 50),
        ("s3", 60),
    )
}
HOSTS: Final = tuple(ADDRESSES)
PROGRAMS: Final = ("ip", "nft", "haproxy", "setpriv")
LOCK: Final = Path("/run/attune-hosts.lock")
NAMESPACES: Final = Path("/run/netns")
PREFIX: Final = "attune-"
CUT: Final = "attune_cut"
# To wait for their end: otherwise they stay as zombies.
_launched: dict[str, list[subprocess.Popen[bytes]]] = {}


class CannotMakeHosts(Exception):
    """This machine cannot have hosts; the message says what is missing."""


def find_obstacle() -> str:
    """Return why this machine cannot have hosts, or ""."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"missing programs: {', '.join(missing)}" if missing else ""


@contextmanager
def keep_network() -> Iterator[None]:
    """Make the bridge and a namespace for each host, and remove them; raises CannotMakeHosts."""
    if why := find_obstacle():
        raise CannotMakeHosts(why)
    with _only_user():
        remove_network()
        try:
            _make_network()
            yield
        finally:
            remove_network()


def _make_network() -> None:
    _ip("link", "add", BRIDGE, "type", "bridge")
    _ip("address", "add", f"{MACHINE}/24", "dev", BRIDGE)
    _ip("link", "set", BRIDGE, "up")
    for host in HOSTS:
        _make_host(host)


@contextmanager
def _only_user() -> Iterator[None]:
    """Hold the lock: a second run would remove the hosts of the first."""
    with LOCK.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotMakeHosts("another run on this machine has the hosts") from None
        yield


def remove_network() -> None:
    """Kill what still runs on the hosts, and remove them, their disks and the bridge.

    Also after a run that was killed itself.
    """
    for host in HOSTS:
        if namespace_file(host).exists():
            kill_processes(host)
            _ip("netns", "delete", PREFIX + host)
        # A cable goes with its namespace, but later.
        if _has_device(f"at-{host}"):
            with suppress(CannotMakeHosts):
                _ip("link", "delete", f"at-{host}")
    if _has_device(BRIDGE):
        _ip("link", "delete", BRIDGE)
    disks.remove_disks()


def _has_device(name: str) -> bool:
    return Path(f"/sys/class/net/{name}").exists()


def _make_host(host: str) -> None:
    namespace, outside = PREFIX + host, f"at-{host}"
    _ip("netns", "add", namespace)
    _ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", namespace)
    _ip("link", "set", outside, "master", BRIDGE, "up")
    _ip("-n", namespace, "address", "add", f"{ADDRESSES[host]}/24", "dev", "eth0")
    _ip("-n", namespace, "link", "set", "lo", "up")
    set_link(host, up=True)


def set_link(host: str, *, up: bool) -> None:
    """Plug the host's cable in, or pull it."""
    _ip("-n", PREFIX + host, "link", "set", "eth0", "up" if up else "down")


def cut(one: str, other: str) -> None:
    """Drop every packet between two hosts, in both directions, without a word to either."""
    for host, away in ((one, other), (other, one)):
        address = ADDRESSES[away]
        _nft(
            host,
            f"add table inet {CUT}\n"
            f"add chain inet {CUT} hear {{ type filter hook input priority 0; }}\n"
            f"add chain inet {CUT} say {{ type filter hook output priority 0; }}\n"
            f"add rule inet {CUT} hear ip saddr {address} drop\n"
            f"add rule inet {CUT} say ip daddr {address} drop\n",
        )


def heal(*hosts: str) -> None:
    """Let these hosts reach all others again."""
    for host in hosts:
        _nft(host, f"add table inet {CUT}\ndelete table inet {CUT}\n")


def find_processes(host: str) -> list[int]:
    """Return the processes that belong to the host."""
    return [int(pid) for pid in _ip("netns", "pids", PREFIX + host).split()]


def kill_processes(host: str) -> int:
    """Send SIGKILL to all processes of the host until none is left; return how many there were."""
    killed = 0
    while found := find_processes(host):
        killed += len(found)
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    for each in _launched.pop(host, ()):
        each.wait(10)
    return killed


def launch(host: str, command: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> None:
    """Start a program on a host, in the folder of its log."""
    with on_host(host), log.open("ab") as out:
        running = subprocess.Popen(
            command, cwd=log.parent, env=dict(environment),
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    _launched.setdefault(host, []).append(running)


@contextmanager
def on_host(host: str) -> Iterator[None]:
    """Move this thread into the host's namespace for the block; its children stay there."""
    with Path("/proc/thread-self/ns/net").open("rb") as before:
        prefork.enter_namespace(str(namespace_file(host)))
        try:
            yield
        finally:
            prefork.move_to_namespace(before.fileno())


def namespace_file(host: str) -> Path:
    return NAMESPACES / (PREFIX + host)


def _ip(*arguments: str) -> str:
    return _run(["ip", *arguments])


def _nft(host: str, script: str) -> None:
    _run(["ip", "netns", "exec", PREFIX + host, "nft", "-f", "-"], script)


def _run(command: list[str], given: str = "") -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotMakeHosts(f"{' '.join(command[:6])}: {done.stderr.strip()[:200]}")
    return done.stdout
