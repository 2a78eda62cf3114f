"""One site on several hosts, which are network namespaces of this machine (docs/chaos.md)."""
