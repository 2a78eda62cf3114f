"""Where a video loses the class: watched, replayed, paused, marked, by stretches of 5 s."""
