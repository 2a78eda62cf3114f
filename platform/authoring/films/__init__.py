"""Videos that arrive in pieces, and their conversion for every browser."""
