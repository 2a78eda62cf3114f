"""Invitations to a course that go to an e-mail, also of people without an account."""
