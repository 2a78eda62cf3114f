"""A new bootable Debian 13: a debootstrap tree in a systemd-nspawn container.

Its network is a namespace with one cable to this computer, which can be disconnected from the
internet.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import AbstractContextManager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE, THERE = "10.77.0.1", "10.77.0.2"
NAMESPACE = CABLE = "attune-test"
PACKAGES = "ca-certificates,dbus,iproute2,systemd-sysv"
NEEDED = ("chromium", "debootstrap", "ip", "nft", "nsenter", "promtool", "systemd-nspawn")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# If this computer reaches registries in a special way, the new machine does too.
PASSED_ON = ("NODE_EXTRA_CA_CERTS", "PIP_CERT")
AUTHORITIES = Path("/usr/local/share/ca-certificates")
BOOT_S, COMMAND_S = 120, 3600


class CommandFailed(Exception):
    """A command in the machine failed, or the machine did not answer."""


def find_missing() -> list[str]:
    """Return the required programs that are missing."""
    return [name for name in NEEDED if shutil.which(name) is None]


class Machine(AbstractContextManager["Machine"]):
    """The running machine; its tree is made in `folder` and is removed at the end.

    `wheels`: the folder of Python packages from which it installs.
    """

    def __init__(self, folder: Path, wheels: Path) -> None:
        self.tree = folder / "tree"
        self._folder, self._wheels = folder, wheels
        self._nspawn: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Machine:
        _run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", "trixie",
             str(self.tree))  # fmt: skip
        self._prepare()
        _lay_cable()
        self._boot()
        return self

    def __exit__(self, *_: object) -> None:
        if self._nspawn is not None:
            self._nspawn.terminate()
            self._nspawn.wait(60)
        _remove_cable()
        shutil.rmtree(self.tree, ignore_errors=True)

    def shell(self) -> Shell:
        """Return a new root shell."""
        return Shell(self._enter("bash", "--noprofile", "--norc"))

    def run(self, command: str) -> str:
        """Return what the command prints. Raises CommandFailed."""
        with self.shell() as shell:
            return shell.run(command)

    def unpack_release(self, version: str) -> Path:
        """Unpack the checked out commit; return the folder in the tree."""
        release = self.tree / "opt" / f"attune-{version}"
        release.mkdir(parents=True)
        code = subprocess.run(
            ["git", "archive", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE, check=True
        ).stdout
        subprocess.run(["tar", "-x", "-C", str(release)], input=code, check=True)
        return release

    def know_host(self, name: str) -> None:
        """Let the machine find this computer by a name."""
        with (self.tree / "etc" / "hosts").open("a") as hosts:
            hosts.write(f"{HERE} {name}\n")

    def close_network(self) -> None:
        """Leave only the cable to this computer. Raises CommandFailed if more is open."""
        _run("nft", "delete", "table", "ip", NAMESPACE)
        _run("ip", "-n", NAMESPACE, "route", "del", "default")
        self.run("! timeout 5 bash -c 'exec 3<>/dev/tcp/1.1.1.1/443' 2>/dev/null")
        self.run("! getent hosts pypi.org")

    def _prepare(self) -> None:
        etc = self.tree / "etc"
        (etc / "hosts").write_text("127.0.0.1 localhost attune\n")
        (etc / "hostname").write_text("attune\n")
        (etc / "resolv.conf").unlink(missing_ok=True)
        shutil.copy("/etc/resolv.conf", etc / "resolv.conf")
        for own in AUTHORITIES.glob("*.crt") if AUTHORITIES.is_dir() else ():
            shutil.copy(own, self.tree / str(AUTHORITIES).lstrip("/"))
        # A crash of the test machine loses nothing important.
        (etc / "dpkg" / "dpkg.cfg.d" / "fast").write_text("force-unsafe-io\n")
        _run("chroot", str(self.tree), "update-ca-certificates")

    def _boot(self) -> None:
        log = (self._folder / "boot.log").open("wb")
        self._nspawn = subprocess.Popen(
            ["systemd-nspawn", "--boot", "--register=no", "--keep-unit", "--resolv-conf=off",
             f"--network-namespace-path=/run/netns/{NAMESPACE}", "--link-journal=no",
             f"--bind={self._wheels}:/wheels", "-D", str(self.tree)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
        until = time.monotonic() + BOOT_S
        while time.monotonic() < until:
            time.sleep(1)
            asked = self._enter("systemctl", "is-system-running")
            state = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
            if state.strip() in ("running", "degraded"):
                return
        raise CommandFailed(f"The machine did not start; see {self._folder / 'boot.log'}")

    def _enter(self, *command: str) -> list[str]:
        """Return the command line that runs a command in the machine."""
        assert self._nspawn is not None
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children")
        first = children.read_text().split()
        found = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        found |= {"PIP_FIND_LINKS": "/wheels", "PIP_NO_INDEX": "1"}
        names = [f"{name}={value}" for name, value in found.items()]
        return ["nsenter", "-t", first[0] if first else "0", "-m", "-u", "-i", "-n", "-p", "--",
                "env", "-i", f"PATH={PATH}", "HOME=/root", "LANG=C.UTF-8",
                "DEBIAN_FRONTEND=noninteractive", *names, *command]  # fmt: skip


class Shell(AbstractContextManager["Shell"]):
    """One shell in the machine: exported variables persist between commands."""

    END = "attune-test-command-ended"

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._write("set -eu -o pipefail; cd /root; umask 022")

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def run(self, commands: str) -> str:
        """Return the output of the commands. Raises CommandFailed at the first that fails."""
        # The end marker is on its own line, even if the output does not end with a newline.
        self._write(f"{{\n{commands}\n}} </dev/null\nprintf '\\n%s\\n' {self.END}")
        assert self._process.stdout is not None
        printed = []
        while (line := self._process.stdout.readline()) != f"{self.END}\n":
            if not line:
                raise CommandFailed(f"{commands}\n…\n{''.join(printed[-60:])}")
            printed.append(line)
        return "".join(printed).removesuffix("\n")

    def _write(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text + "\n")
        self._process.stdin.flush()


def _lay_cable() -> None:
    """Create a namespace with one cable to here, and for now to the internet."""
    _remove_cable()
    inside = ["ip", "-n", NAMESPACE]
    _run("ip", "netns", "add", NAMESPACE)
    _run("ip", "link", "add", CABLE, "type", "veth", "peer", "name", "host0", "netns", NAMESPACE)
    # As low as on some paths to the internet.
    _run("ip", "link", "set", CABLE, "mtu", "1280", "up")
    _run(*inside, "link", "set", "host0", "mtu", "1280", "up")
    _run(*inside, "link", "set", "lo", "up")
    _run("ip", "addr", "add", f"{HERE}/30", "dev", CABLE)
    _run(*inside, "addr", "add", f"{THERE}/30", "dev", "host0")
    _run(*inside, "route", "add", "default", "via", HERE)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    _run("nft", "add", "table", "ip", NAMESPACE)
    _run("nft", f"add chain ip {NAMESPACE} out {{ type nat hook postrouting priority 100; }}")
    _run("nft", "add", "rule", "ip", NAMESPACE, "out", "ip", "saddr", THERE, "masquerade")


def _remove_cable() -> None:
    for command in (
        ("ip", "netns", "del", NAMESPACE),
        ("ip", "link", "del", CABLE),
        ("nft", "delete", "table", "ip", NAMESPACE),
    ):
        subprocess.run(command, capture_output=True, check=False)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
