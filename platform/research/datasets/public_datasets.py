"""The public data sets that may be imported as a Snapshot: a closed list, each with its terms.

They contain no person of this site, so they need no Permit and no withdrawal shrinks them. Their
files are not part of the product, because a licence to train on them may not allow redistribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from emotion.datasets.snapshot import Snapshot

STRESS_PREDICT: Final = "stress-predict"


@dataclass(frozen=True, slots=True)
class DataSet:
    """One data set as its authors describe it; `archive` is the file they distribute."""

    code: str
    title: str
    by: str
    licence: str
    address: str
    archive: str
    streams: tuple[str, ...]

    # Importing scipy and the Window code takes a second, so it is done only here.
    def check_archive(self, packed: bytes) -> None:
        """Raise WrongFolder if the bytes cannot be this archive; opens none of its files."""
        from emotion.datasets import stress_snapshot

        stress_snapshot.check_archive(packed)

    def read(self, packed: bytes) -> Snapshot:
        """Return every labelled Window of every person in it; raises WrongFolder."""
        from emotion.datasets import stress_snapshot

        return stress_snapshot.read_archive(packed)


DATA_SETS: Final = {
    STRESS_PREDICT: DataSet(
        code=STRESS_PREDICT,
        title="Stress-Predict",
        by="Iqbal et al., 2022",
        licence="MIT License",
        address="https://github.com/italha-d/Stress-Predict-Dataset",
        archive="stress-predict.tar.gz",
        streams=("heart", "ppg", "eda", "acc", "temp"),
    )
}
CODES: Final = ("", *DATA_SETS)
