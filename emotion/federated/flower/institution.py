"""`python institution.py ADDRESS SITE_PYTHON WHO [DIES_IN_ROUND]`: the side of one institution.

Runs in Flower's environment, and starts `emotion.federated.local_training` in the site's, which
alone sees Windows. A clipped step is sent over the network. WHO says as JSON which simulated
institution to play; a real institution's snapshot comes on standard input instead.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO, cast

os.environ["FLWR_TELEMETRY_ENABLED"] = "0"

from flwr.client import NumPyClient, start_client

from emotion.federated import messages
from emotion.federated.fedavg import clip_step

ROOT = Path(__file__).resolve().parents[3]


class TrainingProcess:
    """The training process and its two pipes."""

    def __init__(self, python: str, who: str) -> None:
        command = [python, "-m", "emotion.federated.local_training"]
        both = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=both, stdout=both)
        self.asked = cast(BinaryIO, self.process.stdin)
        self.said = cast(BinaryIO, self.process.stdout)
        messages.write_message(self.asked, who.encode())
        messages.write_message(
            self.asked, b"" if "number" in json.loads(who) else sys.stdin.buffer.read()
        )
        if messages.read_message(self.said) is None:
            raise SystemExit("expected the school to open")

    def close(self) -> None:
        self.asked.close()
        self.process.wait(30)


class FlowerInstitution(NumPyClient):  # type: ignore[misc]  # Flower is not in the site's environment
    """Gets weights from its training process, and sends how far they moved."""

    def __init__(self, school: TrainingProcess, dies_in: int) -> None:
        self.school, self.dies_in, self.turn = school, dies_in, 0

    def fit(self, parameters: Any, config: Any) -> Any:
        """Return the clipped step; institutions have equal weight, so no example count is sent."""
        self.turn += 1
        if self.turn == self.dies_in:
            # As in a power failure: no message to anyone.
            self.school.process.kill()
            os._exit(9)
        messages.write_message(self.school.asked, messages.pack_weights(parameters))
        after = messages.read_message(self.school.said)
        if after is None:
            raise RuntimeError("expected the school to answer")
        return clip_step(parameters, messages.unpack_weights(after), float(config["clip"])), 1, {}


def main(address: str, python: str, who: str, dies_in: str = "0") -> None:
    school = TrainingProcess(python, who)
    client = FlowerInstitution(school, int(dies_in)).to_client()
    try:
        start_client(server_address=address, client=client, insecure=True)
    finally:
        school.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
