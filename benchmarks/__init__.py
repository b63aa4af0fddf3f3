"""Measures of the project against plain DuckDB, as ratios from one run: python -m benchmarks --help."""
