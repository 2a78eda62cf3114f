"""The tables of authoring: versions of courses, and imports."""

from __future__ import annotations

from authoring.imports.models import Arrival as Arrival
from authoring.versions.models import Version as Version
