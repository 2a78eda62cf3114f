"""The rows of stewardship: imports of people."""

from __future__ import annotations

from stewardship.people.importing.model import ImportRow as ImportRow
from stewardship.people.importing.model import ImportRun as ImportRun
