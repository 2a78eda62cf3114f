"""Current cells of a class picture, without those that lost a member (I-22)."""

from __future__ import annotations

from estimates.group_figures.withdrawal import withdraw_gone
from estimates.models import Cell, Publication
from teaching.class_picture.course_sections import CourseSection


def load_current_cells(publication: Publication) -> dict[CourseSection, Cell]:
    """Withdraw cells that lost a member, then return this picture's cells of affect by section."""
    withdraw_gone()
    return load_cells(publication, "affect")


def load_cells(publication: Publication, kind: str) -> dict[CourseSection, Cell]:
    """Return the cells of one kind of a class picture by section, as stored."""
    cells = Cell.objects.filter(publication=publication, kind=kind)
    return {CourseSection(cell.unit_id, cell.chapter, cell.skill_id): cell for cell in cells}
