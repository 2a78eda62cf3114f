"""What was made from a person's data and no Holding reaches: artefacts that learned from people.

Everything else that is made from it (estimates, cells of the class picture, Windows that are due,
sessions) stands in tables and went with their Holdings.
"""

from __future__ import annotations

from estimates.models import Predictor
from privacy.models import Erasure


def flag(erasure: Erasure) -> dict[str, int]:
    """Count the Predictors that may have learned from this person: those made from people.

    No export for training says yet whose data it holds, so each of them counts.
    """
    erasure.flagged = Predictor.objects.filter(origin="people").count()
    return {}
