"""LTI 1.3: learning platforms such as Moodle open courses here and get grades back (ADR 0078)."""
