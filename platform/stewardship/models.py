"""The rows of stewardship: imports of people, and searches among them."""

from __future__ import annotations

from stewardship.people.imports.models import ImportRow as ImportRow
from stewardship.people.imports.models import ImportRun as ImportRun
from stewardship.people.search.models import NameSearch as NameSearch
