"""Strategies for choosing questions, and what the shipped rules do with a card's estimates."""
