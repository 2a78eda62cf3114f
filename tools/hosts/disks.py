"""Disks of hosts: file systems in memory, of a size that a fault can fill."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

NAME: Final = "attune-hosts"
SIZE: Final = "1536m"
FILLER: Final = "filler"
CHUNK: Final = 1 << 20


def mount_disk(folder: Path) -> None:
    """Mount an empty disk at this folder, unless there is one."""
    folder.mkdir(exist_ok=True)
    if not folder.is_mount():
        options = f"size={SIZE},mode=0711"
        command = ["mount", "-t", "tmpfs", "-o", options, NAME, str(folder)]
        subprocess.run(command, check=True)


def remove_disks() -> None:
    """Unmount all disks of hosts, also those of a run that was killed."""
    for line in Path("/proc/mounts").read_text().splitlines():
        source, folder, *_ = line.split()
        if source == NAME:
            command = ["umount", "--lazy", folder]
            subprocess.run(command, check=False)


def fill_disk(folder: Path) -> None:
    """Write until nothing fits any more."""
    with suppress(OSError), (folder / FILLER).open("wb", buffering=0) as out:
        os.posix_fallocate(out.fileno(), 0, _free(folder))
    with suppress(OSError), (folder / FILLER).open("ab", buffering=0) as out:
        while True:
            out.write(b"\0" * CHUNK)


def free_disk(folder: Path) -> None:
    (folder / FILLER).unlink(missing_ok=True)


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
