"""E-mails about an account: queued as rows, written and sent by a worker."""
