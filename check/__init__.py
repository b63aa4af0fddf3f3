"""Check what changed, in about a minute: python -m check --help."""
