"""As whom PostgreSQL may run: it refuses root, so root lends it another identity.

No user is made and nothing outside the server's folder changes owner or mode.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

USER_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
READS_ALL = (
    *("setpriv", "--reuid=nobody", "--regid={group}", "--clear-groups"),
    *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
    "--securebits=+no_setuid_fixup",
)
PLAIN_NOBODY = ("setpriv", "--reuid=nobody", "--regid={group}", "--clear-groups")


class NoIdentity(Exception):
    """Root, and no way to run a program as somebody else."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A prefix for commands, and the owner that their files need (None: leave them)."""

    name: str
    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def command(self, arguments: Sequence[str]) -> list[str]:
        return [*self.prefix, *arguments]

    def own(self, folder: Path) -> None:
        """Gives the folder and all in it to this identity, if it is not there already."""
        if self.uid is None or self.gid is None or folder.stat().st_uid == self.uid:
            return
        for parent, folders, files in os.walk(folder):
            for name in [*folders, *files]:
                os.chown(os.path.join(parent, name), self.uid, self.gid, follow_symlinks=False)
        os.chown(folder, self.uid, self.gid)

    def own_descriptor(self, descriptor: int) -> None:
        """A pipe is opened again by name (/dev/fd/n), which only its owner may do."""
        if self.uid is not None and self.gid is not None:
            os.fchown(descriptor, self.uid, self.gid)


def candidates(euid: int) -> list[Identity]:
    """In the order of preference; the first that really works is taken."""
    if euid != 0:
        return [Identity("yourself")]
    nobody = pwd.getpwnam("nobody")
    group = str(nobody.pw_gid)
    prefixes = {
        "nobody": PLAIN_NOBODY,
        "user namespace": USER_NAMESPACE,
        "nobody with CAP_DAC_OVERRIDE": READS_ALL,
    }
    owners = {"user namespace": (0, 0)}
    return [
        Identity(
            name,
            tuple(part.format(group=group) for part in prefix),
            *owners.get(name, (nobody.pw_uid, nobody.pw_gid)),
        )
        for name, prefix in prefixes.items()
    ]


def choose(
    folder: Path, programs: Sequence[Path], *, among: Sequence[Identity] | None = None
) -> Identity:
    """The first identity that can enter `folder` and run each of `programs`, libraries and all."""
    tried = candidates(os.geteuid()) if among is None else among
    for identity in tried:
        if works(identity, folder, programs):
            return identity
    names = ", ".join(identity.name for identity in tried)
    raise NoIdentity(
        f"PostgreSQL refuses to run as root, and no other identity can enter {folder} "
        f"(tried: {names}). Run as an ordinary user, or give DATABASE_URL."
    )


def works(identity: Identity, folder: Path, programs: Sequence[Path]) -> bool:
    """Return whether it can enter the folder and run each program; one may need more libraries."""
    return all(_runs(identity, folder, program) for program in programs)


def _runs(identity: Identity, folder: Path, program: Path) -> bool:
    probe = ["sh", "-c", 'cd "$1" && "$2" --version', "probe", str(folder), str(program)]
    try:
        done = subprocess.run(
            identity.command(probe), cwd="/", capture_output=True, check=False, timeout=20
        )
    except OSError:
        return False
    return done.returncode == 0
