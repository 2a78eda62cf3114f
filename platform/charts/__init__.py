"""Figures drawn as SVG on the server, with the table behind each and downloads (ADR 0102)."""
