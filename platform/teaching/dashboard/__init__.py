"""Who needs the Teacher now, and seeing to them: of what was asked for and done, no estimates."""
