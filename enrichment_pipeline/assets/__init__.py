"""Dagster assets, one thin file per layer."""
