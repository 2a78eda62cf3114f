"""The Rules of a course as sentences: list, editor, replay and versions."""
