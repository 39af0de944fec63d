"""Canonical keys and artist credits: pure rules over names."""
