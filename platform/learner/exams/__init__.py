"""Taking a test: the page before it, its questions, handing in, and the report after it."""
