"""Two groups of a course beside each other, never so small that one person stands out."""
