"""Tier 1: what each play's own text says, as rows of `parsed_labels`.

Gathers the distinct texts of the months of a run, has the grammar read each once, and lets the columns
a file gave (artist, title, label) overrule the reading. How a text is read stands in
`enrichment_pipeline.tracklists`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from enrichment_pipeline.lake.lake import Lake

Parser = Callable[[Sequence[str]], pa.Table]

# What the given columns say, put as a line of its own, so that the grammar splits credit and version.
_GIVEN_TEXT = "coalesce(given_artist, 'ID') || ' - ' || coalesce(given_title, 'ID')"

_PLAYS = f"""
    select play_id, set_month, raw_text, cue, given_artist, given_title, given_label,
        case when given_artist is not null or given_title is not null then {_GIVEN_TEXT} end as given_text
    from raw_tracks where set_month in (select unnest($months))
"""
_DISTINCT_TEXTS = """
    select distinct line_text from (
        select raw_text as line_text from plays
        union all
        select given_text from plays where given_text is not null
    ) order by line_text
"""
# `written` is the line as written, `given` the reading of the given columns. The given artist and title
# are taken as they are; their split only where the reading found the very same artist.
_PARSED_LABELS = """
    select
        plays.play_id,
        plays.set_month,
        written.* exclude (
            text, kind, reason, cue, artist, credits, title, version, version_kinds, remixers, components,
            label, labels, label_confidence, label_reason, artist_unknown, title_unknown
        ),
        if(given.kind = 'track', 'track', written.kind) as kind,
        if(given.kind = 'track', 'artist or title given by the file', written.reason) as reason,
        coalesce(written.cue, plays.cue) as cue,
        case when given_artist is not null then given_artist else written.artist end as artist,
        case
            when given_artist is null then written.credits
            when given.artist = given_artist then given.credits
            else [{'name': given_artist, 'role': 'main', 'join': ''}]
        end as credits,
        case
            when given_title is null then written.title
            when starts_with(given_title, given.title) then given.title
            else given_title
        end as title,
        case
            when given_title is null then written.version
            when starts_with(given_title, given.title) then given.version
        end as version,
        case
            when given_title is null then written.version_kinds
            when starts_with(given_title, given.title) then given.version_kinds
            else []
        end as version_kinds,
        case
            when given_title is null then written.remixers
            when starts_with(given_title, given.title) then given.remixers
            else []
        end as remixers,
        case when given_artist is null and given_title is null then written.components else given.components
        end as components,
        coalesce(given_label, written.label) as label,
        case when given_label is not null then [given_label] else written.labels end as labels,
        case when given_label is not null then 1.0 else written.label_confidence end as label_confidence,
        if(given_label is not null, 'given by the file', written.label_reason) as label_reason,
        case when given_artist is not null then given.artist_unknown else written.artist_unknown
        end as artist_unknown,
        case when given_title is not null then given.title_unknown else written.title_unknown
        end as title_unknown
    from plays
    join readings as written on written.text = plays.raw_text
    left join readings as given on given.text = plays.given_text
"""


def write_parsed_labels(lake: Lake, months: Sequence[str], parse: Parser) -> dict[str, int]:
    """Replace exactly these months of `parsed_labels` by the readings of their plays.

    Args:
        lake: where the tables are.
        months: first days of months.
        parse: the grammar: texts in, one row a text with the columns of `parsed_labels` and `text` out.

    Returns:
        Number of rows per month, zeros included.
    """
    with lake.connect(["raw_tracks"]) as con:
        con.execute(f"create temp table plays as {_PLAYS}", {"months": list(months)})
        texts = [text for (text,) in con.execute(_DISTINCT_TEXTS).fetchall()]
        con.register("readings", parse(texts))
        return lake.write_partitions(
            con, "parsed_labels", _PARSED_LABELS, column="set_month", partitions=months
        )
