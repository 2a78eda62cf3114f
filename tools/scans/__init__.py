"""Security and quality scanners by third parties, run against the site and its source."""
