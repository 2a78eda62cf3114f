"""Enrolment in a course: by list or invitation, removal and undo."""
