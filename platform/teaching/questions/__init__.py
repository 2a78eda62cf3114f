"""How each question of a course works: right at once, parting, time, hints, wrong answers."""
