"""The public data sets that may be brought in as a Snapshot: a closed list, each with its terms.

Nobody of this site is in them, so no Permit opens them and no withdrawal shrinks them. Their files
stay out of the product: what a licence lets one train on, it need not let one hand on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from emotion.datasets.snapshot import Snapshot

STRESS_PREDICT: Final = "stress-predict"


@dataclass(frozen=True, slots=True)
class DataSet:
    """One of them, in the words of those who made it; `archive` is the file they hand out."""

    code: str
    title: str
    by: str
    licence: str
    address: str
    archive: str
    streams: tuple[str, ...]

    # scipy and what cuts Windows are a second of a process's start: only here are they needed.
    def look_through(self, packed: bytes) -> None:
        """Raise WrongFolder where the bytes cannot be this archive; no file of it is opened."""
        from emotion.datasets import stress_snapshot

        stress_snapshot.check_archive(packed)

    def read(self, packed: bytes) -> Snapshot:
        """Every labelled Window of everybody in it; raises WrongFolder."""
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
