"""The tables of the Researchers' pages."""

from __future__ import annotations

from research.labels.model import Label as Label
from research.labels.model import LabelItem as LabelItem
from research.labels.model import LabelTask as LabelTask
