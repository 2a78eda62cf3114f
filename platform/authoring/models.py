"""The rows of authoring: versions of courses, and packages on their way in."""

from __future__ import annotations

from authoring.bringing.model import Arrival as Arrival
from authoring.versions.model import Version as Version
