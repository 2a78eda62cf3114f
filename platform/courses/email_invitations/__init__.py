"""Course invitations that are sent to an e-mail address, also without an account."""
