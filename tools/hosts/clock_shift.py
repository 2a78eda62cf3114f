"""Hosts whose wall clocks are wrong: a library that shifts the time a program is given."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.hosts.network import CannotMakeHosts

SOURCE: Final = Path(__file__).with_name("clock_shift.c")
COMPILER: Final = "gcc"
# One web host's clock runs ahead, one worker host's is behind.
DIRECTIONS: Final = {"web2": 1, "work2": -1}


@dataclass(frozen=True, slots=True)
class ClockShift:
    """Wall clocks `seconds` ahead or behind, from a library in `folder`; 0 = all are right."""

    folder: Path
    seconds: int

    def environment(self, host: str) -> Mapping[str, str]:
        """Return the variables of the host's programs, compiling the library if necessary."""
        shift = self.seconds * DIRECTIONS.get(host, 0)
        if not shift:
            return {}
        return {"LD_PRELOAD": str(self._compile()), "CLOCK_SHIFT_S": str(shift)}

    def _compile(self) -> Path:
        library = self.folder / "clock_shift.so"
        if not library.exists():
            if shutil.which(COMPILER) is None:
                raise CannotMakeHosts(f"clocks that differ need {COMPILER}")
            command = [COMPILER, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE)]
            subprocess.run(command, check=True)
        return library
