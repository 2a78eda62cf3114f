"""Growth of costs: ingest by number of learners, pages by days of history."""
