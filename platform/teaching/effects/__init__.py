"""Whether the rules help: trials as the Teacher reads them."""
