"""Preloads modules and forks at each start, so that a restart after a kill needs no import.

`python -m tools.testbed.prefork NAME[,NAME…] [NAMESPACE]` imports the modules named (and calls what
is named with brackets) and prints `ready`. Then it answers each line `[log, program, argument…]`
(JSON) with the process id of a fork that runs the program as `python -m` would. Signals go to that
process itself. It ends when its standard input is closed. With the file of a network namespace,
each fork runs there, and this process does not: to kill all processes of the namespace spares it.
"""

from __future__ import annotations

import ctypes
import json
import os
import runpy
import signal
import sys
from collections.abc import Sequence
from pkgutil import resolve_name

PR_SET_PDEATHSIG = 1
CLONE_NEWNET = 0x40000000


def main(names: str, namespace: str = "") -> None:
    sys.path[:] = [entry for entry in sys.path if entry]
    for name in names.split(","):
        found = resolve_name(name.removesuffix("()"))
        if name.endswith("()"):
            found()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are reaped by the system
    _say("ready")
    for line in sys.stdin:
        _start(namespace, *json.loads(line))


def _start(namespace: str, log: str, *command: str) -> None:
    child = os.fork()
    if child:
        _say(str(child))
        return
    if namespace:
        enter_namespace(namespace)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os._exit(_run(command))


def enter_namespace(file: str) -> None:
    """Move this thread, and what it starts, into a network namespace."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        move_to_namespace(descriptor)
    finally:
        os.close(descriptor)


def move_to_namespace(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _run(command: Sequence[str]) -> int:
    """Run the program and return its exit code."""
    sys.argv = [*command]
    code: object = 1
    try:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code
    finally:
        sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
