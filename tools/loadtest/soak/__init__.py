"""Measures hours of ordinary use: memory growth, slower answers, losses."""
