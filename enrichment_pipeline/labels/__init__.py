"""Which label a track is on: evidence rows and one decision rule."""
