"""Which languages the site speaks, and how its sentences get into them (docs/languages.md)."""
