"""Models of stewardship: people imports and people searches."""

from __future__ import annotations

from stewardship.people.imports.models import ImportRow as ImportRow
from stewardship.people.imports.models import ImportRun as ImportRun
from stewardship.people.search.models import NameSearch as NameSearch
