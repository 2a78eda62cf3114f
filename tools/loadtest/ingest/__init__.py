"""Measures ingest of Blocks: real sockets, a real web process and a separate database."""
