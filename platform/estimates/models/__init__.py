"""Tables of Predictors, their Estimates, mastery, and Learners' reports and disputes.

Values are sealed: those made from Streams under the keys of their scopes, the others as course.
"""

from __future__ import annotations

from estimates.models.dispute import Dispute, DisputedSitting
from estimates.models.estimate import (
    AFFECT_LABELS,
    BEHAVIOUR_STATES,
    LEVEL_LABELS,
    AffectEstimate,
    BehaviourEstimate,
    ShadowEstimate,
)
from estimates.models.explanation import Explanation
from estimates.models.group_figures import Cell, Member, Publication
from estimates.models.mastery import MasteryEstimate
from estimates.models.personal_calibration import PersonalCalibration
from estimates.models.predictor import Predictor
from estimates.models.self_report import FEELINGS, REPORT_LABELS, SelfReport
from estimates.models.sensing_survey import SensingReport
from estimates.models.share import Share
from estimates.models.sitting_baseline import Opening

__all__ = [
    "AFFECT_LABELS",
    "BEHAVIOUR_STATES",
    "FEELINGS",
    "LEVEL_LABELS",
    "REPORT_LABELS",
    "AffectEstimate",
    "BehaviourEstimate",
    "Cell",
    "Dispute",
    "DisputedSitting",
    "Explanation",
    "MasteryEstimate",
    "Member",
    "Opening",
    "PersonalCalibration",
    "Predictor",
    "Publication",
    "SelfReport",
    "SensingReport",
    "ShadowEstimate",
    "Share",
]
