"""Measuring the Block road: real sockets against one real web process and a database of its own."""
