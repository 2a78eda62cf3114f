"""The people of the site: accounts, records, and who may sign in."""
