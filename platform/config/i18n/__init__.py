"""The site's languages, and how its sentences are translated into them (docs/languages.md)."""
