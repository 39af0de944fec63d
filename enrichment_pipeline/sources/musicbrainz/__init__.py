"""MusicBrainz over its web service: how it is asked in batches, how its answers are read, what they amount to."""
