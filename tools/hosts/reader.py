"""Opens one Block of a Learner again and again on its host, until the key is gone.

`python -m tools.hosts.reader SITTING` holds a Permit and the sealed bytes from before, as a process
does that was just reading. It prints a line for each try: when, and whether the Block opened. The
time is the machine's monotonic one, which is the same on hosts whose wall clocks differ.
"""

from __future__ import annotations

import json
import os
import sys
import time

EVERY_S, PATIENCE_S = 0.05, 120.0


def main(sitting_id: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.utils import timezone

    from consent.permits import gate
    from telemetry.blocks import tracks
    from telemetry.models import Block, Sitting
    from vault.errors import KeyDestroyed, KeystoreBusy

    sitting = Sitting.objects.select_related("learner").get(id=sitting_id)
    block = Block.objects.filter(sitting=sitting.id).order_by("-t0")[0]
    scope = f"{block.stream}:adapt"
    permit = gate.permits(sitting.learner.code, [scope], now=timezone.now()).granted[scope]
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        opened, gone = False, False
        try:
            opened = bool(list(tracks.frames_in(block, permit)))
        except KeyDestroyed:
            gone = True
        except KeystoreBusy:
            gone = False
        print(json.dumps({"at": time.monotonic(), "opened": opened, "gone": gone}), flush=True)  # noqa: T201
        if gone:
            return
        time.sleep(EVERY_S)


if __name__ == "__main__":
    main(sys.argv[1])
