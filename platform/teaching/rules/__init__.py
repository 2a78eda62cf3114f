"""The Rules of a course as sentences: listed, built, replayed, saved as versions."""
