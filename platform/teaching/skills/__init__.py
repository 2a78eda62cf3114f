"""Skill by skill: what was done, what was said, what was guessed, and how it went."""
