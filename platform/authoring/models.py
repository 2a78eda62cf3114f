"""The rows of authoring: versions of courses, and packages on their way in."""

from __future__ import annotations

from authoring.imports.models import Arrival as Arrival
from authoring.versions.models import Version as Version
