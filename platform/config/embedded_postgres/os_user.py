"""The OS identity to run PostgreSQL with: it refuses root, so root switches to another identity.

No user is created, and nothing outside the server's folder changes owner or mode.
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
    """This is root, and there is no way to run a program as another user."""


@dataclass(frozen=True, slots=True)
class OsIdentity:
    """A prefix for commands, and the owner their files need (None: leave unchanged)."""

    name: str
    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def command(self, arguments: Sequence[str]) -> list[str]:
        return [*self.prefix, *arguments]

    def own(self, folder: Path) -> None:
        """Give the folder and its content to this identity, unless they are its own already."""
        if self.uid is None or self.gid is None or folder.stat().st_uid == self.uid:
            return
        for parent, folders, files in os.walk(folder):
            for name in [*folders, *files]:
                os.chown(os.path.join(parent, name), self.uid, self.gid, follow_symlinks=False)
        os.chown(folder, self.uid, self.gid)

    def own_descriptor(self, descriptor: int) -> None:
        """Give a pipe to this identity: only its owner may reopen it by name (/dev/fd/n)."""
        if self.uid is not None and self.gid is not None:
            os.fchown(descriptor, self.uid, self.gid)


def list_candidates(euid: int) -> list[OsIdentity]:
    """Return identities in order of preference; the first that works is used."""
    if euid != 0:
        return [OsIdentity("yourself")]
    nobody = pwd.getpwnam("nobody")
    group = str(nobody.pw_gid)
    prefixes = {
        "nobody": PLAIN_NOBODY,
        "user namespace": USER_NAMESPACE,
        "nobody with CAP_DAC_OVERRIDE": READS_ALL,
    }
    owners = {"user namespace": (0, 0)}
    return [
        OsIdentity(
            name,
            tuple(part.format(group=group) for part in prefix),
            *owners.get(name, (nobody.pw_uid, nobody.pw_gid)),
        )
        for name, prefix in prefixes.items()
    ]


def choose_identity(
    folder: Path, programs: Sequence[Path], *, among: Sequence[OsIdentity] | None = None
) -> OsIdentity:
    """Return the first identity that can enter `folder` and run each program with its libraries."""
    tried = list_candidates(os.geteuid()) if among is None else among
    for identity in tried:
        if can_run(identity, folder, programs):
            return identity
    names = ", ".join(identity.name for identity in tried)
    raise NoIdentity(
        f"PostgreSQL refuses to run as root, and no other identity can enter {folder} "
        f"(tried: {names}). Run as an ordinary user, or give DATABASE_URL."
    )


def can_run(identity: OsIdentity, folder: Path, programs: Sequence[Path]) -> bool:
    """Return whether it can enter the folder and run each program; one may need more libraries."""
    return all(_runs(identity, folder, program) for program in programs)


def _runs(identity: OsIdentity, folder: Path, program: Path) -> bool:
    probe = ["sh", "-c", 'cd "$1" && "$2" --version', "probe", str(folder), str(program)]
    try:
        done = subprocess.run(
            identity.command(probe), cwd="/", capture_output=True, check=False, timeout=20
        )
    except OSError:
        return False
    return done.returncode == 0
