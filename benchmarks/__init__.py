"""Measurements of speed, memory and accuracy: `python -m benchmarks`. No test, and no part of the pipeline."""
