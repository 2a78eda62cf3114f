"""Mails about an account: asked for as rows, written and handed over by a worker."""
