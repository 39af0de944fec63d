"""Tracklist files and lines: reading formats, the set-line grammar, writing text."""
