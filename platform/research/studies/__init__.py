"""Studies: the purpose, end and Researchers under which data may be collected."""
