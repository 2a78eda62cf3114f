"""The tables of the Researchers' pages."""

from __future__ import annotations

from research.labels.models import Label as Label
from research.labels.models import LabelItem as LabelItem
from research.labels.models import LabelTask as LabelTask
from research.runs.models import Run as Run
from research.snapshots.models import Snapshot as Snapshot
from research.snapshots.models import SnapshotRow as SnapshotRow
from research.studies.models import Study as Study
from research.studies.models import StudyMember as StudyMember
