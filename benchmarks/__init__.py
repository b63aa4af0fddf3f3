"""What the project costs in time and memory, as ratios from one run: python -m benchmarks --help."""
