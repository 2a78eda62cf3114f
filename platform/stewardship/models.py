"""The rows of stewardship: imports of people, and searches among them."""

from __future__ import annotations

from stewardship.people.importing.model import ImportRow as ImportRow
from stewardship.people.importing.model import ImportRun as ImportRun
from stewardship.people.searching.model import NameSearch as NameSearch
