"""Program of the kill test: runs erasures in children, each ended by SIGKILL at a given point.

Reads {"people": [[code, point, delay_s], …]} from standard input. A point is a state (killed once
it is committed), or `before NAME` or `after NAME` of a function inside a step. A delay kills that
much later, wherever the child is by then. Prints how each child ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402

import audit  # noqa: E402
from data_inventory import Holding  # noqa: E402
from privacy.erasure import certificates, erasure, erasure_completion, ledger, postgres_files  # noqa: E402
from privacy.models import Erasure  # noqa: E402
from vault import keystore  # noqa: E402
from vault.keystore import KeyStore  # noqa: E402
from vault.master_keys import Generations  # noqa: E402

INSIDE = {
    "note": (ledger, "note_erasure"),
    "destroy": (KeyStore, "destroy"),
    "forget": (Holding, "forget"),
    "record": (audit, "record"),
    "end_generation": (Generations, "destroy_before"),
    "rewrap": (KeyStore, "rewrap"),
    "clear": (postgres_files, "clear_bytes"),
    "issue": (certificates, "issue"),
}


# The first leaves are those of the request; the leaves of the steps follow.
NTH = {"forget": 5, "record": 4}


def die(delay: float = 0.0) -> None:
    if delay:
        timer = threading.Timer(delay, die)
        timer.daemon = True
        timer.start()
    else:
        os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str) -> None:
    """Put the kill around a function, at its first call or at call number NTH."""
    when, name = point.split()
    place, attribute = INSIDE[name]
    real, calls = getattr(place, attribute), []

    def killing(*args, **more):
        calls.append(name)
        mine = len(calls) == NTH.get(name, 1)
        if mine and when == "before":
            die()
        answer = real(*args, **more)
        if mine:
            die()
        return answer

    setattr(place, attribute, killing)


def child(code: UUID, point: str, delay: float) -> None:
    if " " in point:
        arm(point)

    def tell(done: Erasure) -> None:
        if done.subject == code and done.state == point:
            die(delay)

    erasure.erase(code, actor=None, cause="request", now=timezone.now(), tell=tell)
    erasure_completion.finish(clock=timezone.now, wait=timedelta(0), tell=tell)
    if delay:
        time.sleep(delay)


def main() -> None:
    keystore._open = lambda folder: STORES.setdefault(folder, KeyStore(Path(folder), sleep=bool))
    ended = []
    for code, point, delay in json.load(sys.stdin)["people"]:
        connections.close_all()
        pid = os.fork()
        if not pid:
            try:
                child(UUID(code), point, delay)
            except BaseException as error:  # noqa: BLE001 - told, and never back into main
                print(point, repr(error), file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        ended.append(os.waitstatus_to_exitcode(status))
    print(json.dumps(ended))


STORES: dict[str, KeyStore] = {}

if __name__ == "__main__":
    main()
