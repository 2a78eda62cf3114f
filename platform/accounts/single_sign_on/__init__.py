"""Single sign-on: people sign in at an OpenID provider of their school (ADR 0053)."""
