"""Data derived from a person that no Holding reaches: artefacts trained on people.

Other derived data (estimates, class pictures, due Windows, sessions) is in tables and is erased
with their Holdings.
"""

from __future__ import annotations

from estimates.models import Predictor
from privacy.models import Erasure


def flag_predictors(erasure: Erasure) -> dict[str, int]:
    """Count the Predictors that may have learned from this person: all that were made from people.

    Training exports do not yet record whose data they hold, so each of them counts.
    """
    erasure.flagged = Predictor.objects.filter(origin="people").count()
    return {}
