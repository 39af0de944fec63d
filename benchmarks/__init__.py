"""Measurements of accuracy (`python -m benchmarks`) and speed (`python -m benchmarks.speed`). No test, and no part of the pipeline."""
