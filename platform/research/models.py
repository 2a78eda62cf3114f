"""The tables of the Researchers' pages."""

from __future__ import annotations

from research.labels.model import Label as Label
from research.labels.model import LabelItem as LabelItem
from research.labels.model import LabelTask as LabelTask
from research.runs.model import Run as Run
from research.snapshots.model import Snapshot as Snapshot
from research.snapshots.model import SnapshotRow as SnapshotRow
from research.studies.model import Study as Study
from research.studies.model import StudyMember as StudyMember
