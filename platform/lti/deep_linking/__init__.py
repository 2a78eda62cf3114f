"""Deep linking: a Teacher at a platform chooses what a new link opens here."""
