"""An installation on a new Debian 13 exactly as in docs/operations.md, and a first day."""
