"""The first changes of CONTRIBUTING.md as patches, and the checks that they still work."""
