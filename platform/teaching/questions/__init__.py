"""Question statistics: correct at first try, discrimination, time, hints, wrong answers."""
