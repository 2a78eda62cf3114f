"""The way of a person from a learning platform to a page of this site."""
