"""The set-line grammar on lines of every form."""

from __future__ import annotations

from enrichment_pipeline.tracklists.grammar import parse_line


def test_common_line():
    line = parse_line("[17:42] Ship Wrek - Need It (Some Remix) [Spinnin' Deep - SPDEEP498]")
    assert (line.cue_seconds, line.artist, line.title, line.label, line.catalogue_number) == (
        1062,
        "Ship Wrek",
        "Need It",
        "Spinnin' Deep",
        "SPDEEP498",
    )
