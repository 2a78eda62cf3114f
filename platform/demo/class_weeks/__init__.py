"""Four weeks of a simulated class: course records in bulk, one hard part, two experiments."""
