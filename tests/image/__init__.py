"""The container image, started by an OCI runtime."""
