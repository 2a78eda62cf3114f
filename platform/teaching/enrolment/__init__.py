"""Who is in a course: put in by a list or by an invitation, taken out, put back."""
