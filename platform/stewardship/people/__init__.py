"""The people of the site: who has an account, what is recorded of them, and who may sign in."""
