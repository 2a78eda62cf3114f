"""Effects page: whether rules and hint wordings help, as trials show."""
