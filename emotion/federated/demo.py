"""`python -m emotion.federated.demo FOLDER`: a hub and two institutions that talk over gRPC.

Each is a process, and each institution has another one for its local training. One dies in its
third round, and the others continue. FOLDER stores Flower's environment. Run it on one computer
only: between computers the hub requires certificates (Flower's own documentation).
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from emotion.federated import messages
from emotion.federated.fedavg import measure_length
from emotion.federated.local_training import make_initial_weights

ROOT = Path(__file__).resolve().parents[2]
FLOWER = Path(__file__).with_name("flower")
REQUIREMENTS = FLOWER / "requirements.txt"
ROUNDS, DIES_IN, CLIP, SEED = 5, 3, 3.0, 7
LONGEST_S = 600


def main(arguments: Sequence[str]) -> int:
    """Print each round, and how far the weights moved; return 0 if all rounds took place."""
    flower = str(_find_python(Path(*arguments)))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "weights.npz"
        before = make_initial_weights(SEED)
        file.write_bytes(messages.pack_weights(before))
        rounds = _run_rounds(flower, file)
        after = messages.unpack_weights(file.read_bytes())
    moved = measure_length([b - a for a, b in zip(before, after, strict=True)])
    told = {"name": "talk", "protocol": "SIMULATED", "rows": rounds, "moved": round(moved, 3)}
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    answered = [each["answered"] for each in rounds]
    return 0 if answered == [2, 2, 1, 1, 1] and moved > 0 else 1


def _find_python(folder: Path) -> Path:
    """Return the Python of Flower's own environment; recreate it if its packages changed.

    That takes a minute or two, and 240 MB.
    """
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    found = folder / f"flower-{digest}" / "bin" / "python"
    ready = found.parents[1] / "ready"
    if not ready.is_file():
        subprocess.run([sys.executable, "-m", "venv", "--clear", found.parents[1]], check=True)
        install = ["-m", "pip", "install", "--quiet", "--no-compile", "-r", str(REQUIREMENTS)]
        subprocess.run([str(found), *install], check=True)
        ready.touch()
    return found


def _run_rounds(flower: str, file: Path) -> list[dict[str, Any]]:
    address = f"127.0.0.1:{_find_free_port()}"
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "FLWR_TELEMETRY_ENABLED": "0"}
    hub = [flower, str(FLOWER / "hub.py"), address, str(file), str(ROUNDS), "2", str(CLIP), "0"]
    with subprocess.Popen(
        [*hub, str(SEED)], env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as running:
        others = [
            subprocess.Popen(
                [flower, str(FLOWER / "institution.py"), address, sys.executable, *each],
                env=surroundings,
                stderr=subprocess.DEVNULL,
            )
            for each in (_describe_institution(0), [*_describe_institution(1), str(DIES_IN)])
        ]
        said, _ = running.communicate(timeout=LONGEST_S)
        for each in others:
            each.wait(LONGEST_S)
    return [json.loads(line) for line in said.splitlines() if line.startswith(b"{")]


def _describe_institution(number: int) -> list[str]:
    return [json.dumps({"number": number, "people": 4, "seed": SEED + number})]


def _find_free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
