"""`python hub.py ADDRESS FILE ROUNDS INSTITUTIONS CLIP NOISE SEED`: the averaging side.

Runs in Flower's environment. Starts when all institutions are connected, and then continues with
those that answer. FILE holds the initial weights, and at the end the learned ones.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["FLWR_TELEMETRY_ENABLED"] = "0"

import numpy as np
from flwr.common import FitIns, ndarrays_to_parameters, parameters_to_ndarrays
from flwr.server import ServerConfig, start_server
from flwr.server.strategy import FedAvg

from emotion.federated import messages
from emotion.federated.fedavg import Privacy, Weights, average

ROUND_S = 120.0


class Averaging(FedAvg):  # type: ignore[misc]  # Flower is not in the site's environment
    """Flower's sampling and waiting, with our arithmetic."""

    def __init__(self, weights: Weights, privacy: Privacy, institutions: int, seed: int) -> None:
        super().__init__(
            fraction_fit=1.0,
            fraction_evaluate=0.0,
            min_fit_clients=1,
            min_available_clients=1,
            initial_parameters=ndarrays_to_parameters(weights),
        )
        self.weights, self.privacy, self.institutions = weights, privacy, institutions
        self.rng = np.random.default_rng(seed)

    def configure_fit(self, server_round: int, parameters: Any, client_manager: Any) -> Any:
        """Ask all connected institutions; in the first round wait for all."""
        if server_round == 1:
            client_manager.wait_for(self.institutions)
        told = FitIns(parameters, {"clip": self.privacy.clip})
        return [(client, told) for client in client_manager.all().values()]

    def aggregate_fit(self, server_round: int, results: Any, failures: Any) -> Any:
        """Move the weights by the mean step of those that answered."""
        steps = [parameters_to_ndarrays(said.parameters) for _, said in results]
        self.weights = average(self.weights, steps, self.privacy, rng=self.rng)
        told = {"round": server_round, "answered": len(results), "failed": len(failures)}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        return ndarrays_to_parameters(self.weights), {}


def main(address: str, file: str, *numbers: str) -> None:
    rounds, institutions, seed = (int(numbers[at]) for at in (0, 1, 4))
    privacy, path = Privacy(float(numbers[2]), float(numbers[3])), Path(file)
    strategy = Averaging(messages.unpack_weights(path.read_bytes()), privacy, institutions, seed)
    config = ServerConfig(num_rounds=rounds, round_timeout=ROUND_S)
    start_server(server_address=address, config=config, strategy=strategy)
    path.write_bytes(messages.pack_weights(strategy.weights))


if __name__ == "__main__":
    main(*sys.argv[1:])
