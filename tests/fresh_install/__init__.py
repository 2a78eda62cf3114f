"""An installation on a new Debian 13, word by word as docs/operations.md says, and a first day."""
