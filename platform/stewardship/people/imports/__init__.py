"""Import of people from a CSV file: preview, import in the worker, undo for seven days."""
