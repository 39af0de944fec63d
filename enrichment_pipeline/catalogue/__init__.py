"""What all plays together know: keys, tracks, rosters, profiles; all SQL."""
