from __future__ import annotations

import pytest

from enrichment_pipeline.sources.dumps.rows import read_titles
from enrichment_pipeline.sources.similarity import read_title

TITLES = [
    "Glass Harbour",
    "Glass Harbour (Extended Mix)",
    "Glass Harbour (Sorel Tann remix)",
    "Glass Harbour (Sorel Tann & Ole Sund remix) (radio edit)",
    "Glass Harbour - Radio Edit",
    "Glass Harbour feat. Ole Sund (live at the pier)",
    "Glass Harbour [Dub]",
    "(I Can) See It",
    "Pt. 2 / The End",
    "ID",
    "???",
    "",
]


def test_titles_are_read_as_those_of_the_other_sources() -> None:
    """One title must have one key, whichever source it comes from."""
    found = read_titles([(title, "") for title in TITLES]).to_pylist()
    for title, row in zip(TITLES, found, strict=True):
        one = read_title(title)
        assert (row["base_title"], row["title_key"] or "", row["version_key"]) == (
            one.title,
            one.title_key,
            one.version_key,
        )


@pytest.mark.parametrize(
    ("title", "comment", "version_key"),
    [
        ("Lantern", "", ""),
        ("Lantern", "Sorel Tann remix", "by:soreltann"),
        ("Lantern (Sorel Tann remix)", "radio edit", "by:soreltann"),
        ("Lantern (live)", "live", "live:live"),
        ("Lantern", "part of “Boats” DJ‐mix", ""),
        ("Lantern", "clean", ""),
        ("Lantern", "from the film", ""),
    ],
)
def test_a_comment_counts_where_it_names_a_version(title: str, comment: str, version_key: str) -> None:
    assert read_titles([(title, comment)]).to_pylist()[0]["version_key"] == version_key
