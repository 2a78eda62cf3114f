"""Formats of other systems, read into a CourseDraft and written from a course.

`registry` lists them.
"""
