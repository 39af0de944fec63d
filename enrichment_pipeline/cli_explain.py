"""`enrich explain`: everything the pipeline knows and believes of one track, in words and weights."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import duckdb

from enrichment_pipeline.lake.lake import Lake, OutdatedTableError, data_root
from enrichment_pipeline.matching.current import models_folder
from enrichment_pipeline.matching.waterfall import waterfall, weights_of

_TABLES = (
    "raw_tracks", "plays", "tracks", "artists", "artist_labels", "internal_catalogue", "track_labels",
    "resolved_artists", "artist_candidates", "splink_model",
)  # fmt: skip
_MOST_LISTED = 20
_SHOWN_LINES = 8
_SHOWN_CANDIDATES = 3
_SHORTEST_PREFIX = 6


def explain(wanted: str) -> int:
    """Print what is known of a track; 0 when exactly one is meant, 1 when none or several are.

    Args:
        wanted: a track key, the beginning of one, or text that stands in a line.
    """
    lake = Lake(data_root())
    if not lake.files("tracks"):
        print(f"no tracks in {lake.root}: `enrich run` first", file=sys.stderr)
        return 1
    try:
        with lake.connect(_TABLES) as con:
            return _explain(con, lake, wanted.strip())
    except OutdatedTableError as error:
        print(str(error), file=sys.stderr)
        return 1


def _explain(con: duckdb.DuckDBPyConnection, lake: Lake, wanted: str) -> int:
    found = find_tracks(con, wanted)
    if not found:
        print(f"no track has the key {wanted!r}, and no line holds these words", file=sys.stderr)
        return 1
    if len(found) > 1:
        print(f"{len(found)}{'+' if len(found) > _MOST_LISTED else ''} tracks; name one by its key:")
        for key, text, plays in found[:_MOST_LISTED]:
            print(f"  {key[:12]}  {text}  ({plays} {'play' if plays == 1 else 'plays'})")
        return 1
    key = found[0][0]
    for part in (_lines(con, key), _reading(con, key), _label(con, key), _artist(con, lake, key)):
        print("\n".join(part))
    return 0


def find_tracks(con: duckdb.DuckDBPyConnection, wanted: str) -> list[tuple[str, str, int]]:
    """Tracks by key, by the beginning of a key, or by words of a line: (key, a line, plays).

    Args:
        con: connection with the lake's views.
        wanted: what a person typed.
    """
    if not wanted:
        return []
    is_key = len(wanted) >= _SHORTEST_PREFIX and all(c in "0123456789abcdef" for c in wanted)
    query = (
        "select p.track_key, min(r.raw_text), count(*) from plays p join raw_tracks r using (play_id)"
        " where {condition} group by 1 order by 3 desc, 2, 1 limit $most"
    )
    most = _MOST_LISTED + 1
    if is_key:
        found = con.execute(
            query.format(condition="starts_with(p.track_key, $wanted)"), {"wanted": wanted, "most": most}
        ).fetchall()
        if found:
            return found
    return con.execute(
        query.format(condition="contains(lower(r.raw_text), lower($wanted))"),
        {"wanted": wanted, "most": most},
    ).fetchall()


def _lines(con: duckdb.DuckDBPyConnection, key: str) -> list[str]:
    rows = con.execute(
        "select r.raw_text, r.position, coalesce(r.set_name, r.set_id), r.dj, r.set_date"
        " from raw_tracks r join plays p using (play_id) where p.track_key = $key order by r.set_date, r.set_key, r.position",
        {"key": key},
    ).fetchall()
    found = [f"Track {key}", f"{len(rows)} {'line' if len(rows) == 1 else 'lines'}:"]
    for text, position, name, dj, day in rows[:_SHOWN_LINES]:
        by = f", {dj}" if dj else ""
        found.append(f"  {text}\n    line {position} of {name}{by}, {day or 'undated'}")
    if len(rows) > _SHOWN_LINES:
        found.append(f"  ... and {len(rows) - _SHOWN_LINES} more")
    return found


def _reading(con: duckdb.DuckDBPyConnection, key: str) -> list[str]:
    artist, title, version, label, kind = con.execute(
        "select artist, title, version, shown_label, kind from tracks where track_key = $key", {"key": key}
    ).fetchall()[0]
    parts = (("artist", artist), ("title", title), ("version", version), ("label", label))
    return [f"Read as ({kind}): " + ", ".join(f"{name} {value or 'unknown'}" for name, value in parts)]


def _label(con: duckdb.DuckDBPyConnection, key: str) -> list[str]:
    rows = con.execute(
        "select status, label, tier, source, confidence, reason, tier_log from track_labels where track_key = $key",
        {"key": key},
    ).fetchall()
    if not rows:
        return ["Label: not asked yet (track_labels has no row)"]
    status, label, tier, source, confidence, reason, log = rows[0]
    named = f"{label} ({status}" if label else f"none ({status}"
    sure = f", {confidence:.3f}" if confidence is not None else ""
    by = f", {tier}: {source}" if tier else ""
    return [f"Label: {named}{sure}{by})", f"  {reason}", f"  asked: {log}"]


def _artist(con: duckdb.DuckDBPyConnection, lake: Lake, key: str) -> list[str]:
    known, keys, verdict = con.execute(
        "select artist_known, artist_keys, artist_verdict from tracks where track_key = $key", {"key": key}
    ).fetchall()[0]
    if verdict is not None:
        decided = con.execute(
            "select artist, reason from resolved_artists where track_key = $key and band = 'verdict'",
            {"key": key},
        ).fetchall()
        return [f"Artist: {artist}, {reason} (`enrich ledger {key[:12]}`)" for artist, reason in decided]
    if known:
        return _known_artist(con, key, keys)
    rows = con.execute(
        "select artist, probability, p_none, band, visibility, reason, evidence, model_hash from resolved_artists"
        " where track_key = $key",
        {"key": key},
    ).fetchall()
    if not rows:
        return ["Artist: not named, and not asked for (resolved_artists has no row)"]
    artist, probability, p_none, band, visibility, reason, evidence, model_hash = rows[0]
    answer = f"{artist} ({probability:.3f})" if artist else "nobody was proposed"
    found = [
        f"Artist: {answer}, band {band}; none of these {p_none:.3f}; asked with {visibility}, model {model_hash}",
        f"  {reason}",
    ]
    if evidence:
        found.append(f"  speaks for it: {'; '.join(evidence)}")
    return found + _candidates(con, lake, key)


def _candidates(con: duckdb.DuckDBPyConnection, lake: Lake, key: str) -> list[str]:
    rows = con.execute(
        "select rank, artist, probability, own_probability, match_weight, rules, levels, model_hash from artist_candidates"
        " where track_key = $key and rank <= $most order by rank",
        {"key": key, "most": _SHOWN_CANDIDATES},
    ).fetchall()
    found = []
    for rank, artist, probability, own, match_weight, rules, levels, model_hash in rows:
        weights = weights_of(con, models_folder(lake), levels, match_weight, model_hash)
        found.append(
            f"{rank}. {artist}: probability {probability:.3f} ({own:.3f} of its own), proposed by {', '.join(rules)}"
        )
        found += (f"     {line}" for line in waterfall(weights, match_weight))
    return found


def _known_artist(con: duckdb.DuckDBPyConnection, key: str, keys: Sequence[str]) -> list[str]:
    found = ["Artist: named by the line itself; the catalogue knows"]
    rows = con.execute(
        "select plays, sets, first_played, last_played, labels from internal_catalogue where track_key = $key",
        {"key": key},
    ).fetchall()
    if rows:
        plays, sets, first, last, labels = rows[0]
        named = ", ".join(f"{entry['label']} ({entry['plays']})" for entry in labels[:4]) or "no label"
        found.append(f"  the track: {plays} plays in {sets} sets, {first or '?'} to {last or '?'}; {named}")
    for artist_key in keys:
        for name, plays, sets, first, last in con.execute(
            "select name, plays, sets, first_played, last_played from artists where artist_key = $key",
            {"key": artist_key},
        ).fetchall():
            labels = con.execute(
                "select label_key, plays from artist_labels where artist_key = $key order by plays desc, label_key limit 4",
                {"key": artist_key},
            ).fetchall()
            on = ", ".join(f"{label} ({count})" for label, count in labels) or "no label"
            found.append(f"  {name}: {plays} plays in {sets} sets, {first or '?'} to {last or '?'}; on {on}")
    return found
