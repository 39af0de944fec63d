"""Finds the record label and the artist of every line of a DJ-set tracklist."""
