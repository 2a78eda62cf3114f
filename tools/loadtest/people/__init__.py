"""Measuring a site of many people: the import of their list, its undo, and the pages about them."""
