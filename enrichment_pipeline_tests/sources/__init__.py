"""Tests of the outside sources, and the simulated web they ask."""
