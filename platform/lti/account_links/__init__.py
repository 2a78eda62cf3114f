"""The link between a person's account at a platform and their account here."""
