"""Every table of the lake: columns, types, meanings, keys and rules, once.

A new asset's table is added here first; its Parquet file, check, column schema and documentation follow.
Keys ending in `_key` are canonical (`enrichment_pipeline.naming.keys`): for comparison, not for show.
"""

from __future__ import annotations

from enrichment_pipeline.lake.schema import Column, Rule, Table

_PROBABILITY = "0..1"


def _required(name: str, type_: str, meaning: str) -> Column:
    return Column(name, type_, meaning, required=True)


_PLAY_ID = _required("play_id", "VARCHAR", "hash of source, set id, position and layer: one line of one set")
_TRACK_KEY = _required("track_key", "VARCHAR", "hash of what a line names: artist, title, version")
_BUCKET = _required("bucket", "VARCHAR", "hash bucket of the track key, 00..31")
_MONTH = _required(
    "set_month",
    "VARCHAR",
    "first day of the month of the set date; 1980-01-01 also holds sets without a date that can be right",
)
_RUN = Column("run_id", "VARCHAR", "Dagster run that wrote the row")

_PARSED_COLUMNS = (
    _required("kind", "VARCHAR", "track, unknown, segment, junk or blank"),
    _required("reason", "VARCHAR", "why this kind, in words"),
    Column("cue", "VARCHAR", "cue as written"),
    Column("cue_seconds", "INTEGER", "cue in seconds from the start, where it says so"),
    Column("number", "VARCHAR", "position prefix as written"),
    _required("layered", "BOOLEAN", "played over the line before (w/, +)"),
    Column("segment", "VARCHAR", "heading before the track, such as Tune Of The Week"),
    Column("artist", "VARCHAR", "artist credit as written"),
    Column("credits", 'STRUCT(name VARCHAR, role VARCHAR, "join" VARCHAR)[]', "the credit, split"),
    Column("title", "VARCHAR", "title as written, without version and label"),
    Column("version", "VARCHAR", "version texts as written, joined by ' / '"),
    Column("version_kinds", "VARCHAR[]", "kind of each version: original, remix, edit ..."),
    Column("remixers", "VARCHAR[]", "names in the version texts"),
    Column(
        "components",
        "STRUCT(artist VARCHAR, title VARCHAR, version VARCHAR, remixers VARCHAR[], label VARCHAR)[]",
        "the tracks inside a mashup, each with its own label where one is named",
    ),
    Column("label", "VARCHAR", "label named by the line's own text"),
    Column("labels", "VARCHAR[]", "all labels the text names"),
    Column("catalogue_number", "VARCHAR", "catalogue number as written"),
    Column("year", "INTEGER", "year of release, where the bracket gives one"),
    Column("label_confidence", "DOUBLE", "0..1 that the bracket is a label"),
    Column("label_reason", "VARCHAR", "why it is a label, or why there is none"),
    Column(
        "brackets",
        "STRUCT(text VARCHAR, kind VARCHAR, reason VARCHAR, confidence DOUBLE)[]",
        "every bracket of the line, classified",
    ),
    _required("artist_unknown", "BOOLEAN", "the line says or leaves open who made it"),
    _required("title_unknown", "BOOLEAN", "the line says or leaves open what it is called"),
    Column("notes", "VARCHAR[]", "UNRELEASED, country tags, repaired encoding ..."),
)

_LABEL_EVIDENCE_COLUMNS = (
    _TRACK_KEY,
    _BUCKET,
    _required("label_key", "VARCHAR", "canonical key; selfreleased when there is no label"),
    _required("label", "VARCHAR", "label as shown"),
    _required(
        "source",
        "VARCHAR",
        "title, title bracket, catalogue exact, catalogue base title, artist habit, same set, "
        "catalogue number, mashup component, or the name of an outside source",
    ),
    _required("tier", "VARCHAR", "1 title, 1b catalogue, 2 open sources or 3 web pages"),
    _required("found_by", "VARCHAR", "how: own bracket, exact, base title, artist, isrc, fuzzy ..."),
    Column("component_no", "INTEGER", "part of a mashup the label belongs to, from 0"),
    Column("plays_for", "BIGINT", "plays that speak for it"),
    Column("plays_total", "BIGINT", "plays that could"),
    Column("artist_similarity", "DOUBLE", "0..1; 1 where the keys are equal"),
    Column("title_similarity", "DOUBLE", "0..1; 1 where the keys are equal"),
    Column("version_similarity", "DOUBLE", "0..1; 1 where the keys are equal"),
    Column("release_kind", "VARCHAR", "single, ep, album, compilation, dj-mix, bootleg, various artists"),
    Column("release_date", "DATE", "date of the release"),
    Column("is_distributor", "BOOLEAN", "the company sells the release, the imprint is another"),
    Column("earliest_set", "DATE", "earliest set that names the label"),
    Column("url", "VARCHAR", "where it can be looked up"),
    Column("asked_at", "TIMESTAMP", "when the outside source was asked, UTC"),
    Column("raw_answer_ref", "VARCHAR", "content hash of the kept answer; empty for internal evidence"),
    _required("confidence", "DOUBLE", "0..1 that the label is right by this source alone, measured"),
    Column("label_confidence", "DOUBLE", "0..1 that it is right by all internal evidence, measured"),
    _required("reason", "VARCHAR", "in words"),
)
_CONFIDENCE_RULE = Rule(
    "confidence_is_probability", "confidence < 0 or confidence > 1", "confidence lies in 0..1"
)


def _label_evidence(name: str, meaning: str) -> Table:
    """Labels that outside sources name, with the columns of `label_evidence`."""
    return Table(
        name,
        meaning,
        _LABEL_EVIDENCE_COLUMNS,
        key=("track_key", "label_key", "component_no", "source"),
        partitioned_by="bucket",
        rules=(_CONFIDENCE_RULE,),
    )


def _lookups(name: str, of: str) -> Table:
    """How each attempt to look a track up ended: the resume point, the audit and the memory of misses."""
    return Table(
        name,
        f"Look-ups {of}: one row per track and source, how the last one ended and when it is asked again.",
        (
            _TRACK_KEY,
            _BUCKET,
            _required("source", "VARCHAR", "source asked"),
            _required(
                "outcome",
                "VARCHAR",
                "hit, miss or ambiguous; or why there is no answer: blocked, down, off or quota",
            ),
            Column("http_status", "INTEGER", "status of the last answer"),
            _required("attempts", "INTEGER", "times the source said something about the track"),
            Column("asked_at", "TIMESTAMP", "when it was last asked, UTC; null when it never was"),
            Column(
                "next_ask_at",
                "TIMESTAMP",
                "not asked again before, UTC; null: never (hit, exhausted), or as soon as it is on (off, quota)",
            ),
            _required("reason", "VARCHAR", "in words"),
            _required("raw_answer_refs", "VARCHAR[]", "content hashes of the kept answers it rests on"),
            Column("matched_id", "VARCHAR", "the source's id of the recording found"),
            _required("isrcs", "VARCHAR[]", "identifiers learned"),
        ),
        key=("track_key", "source"),
        partitioned_by="bucket",
        rules=(
            Rule(
                "outcome_is_known",
                "outcome not in ('hit', 'miss', 'ambiguous', 'blocked', 'down', 'off', 'quota')",
                "one of seven outcomes",
            ),
            Rule(
                "silence_is_no_attempt",
                "outcome in ('hit', 'miss', 'ambiguous') and (attempts < 1 or asked_at is null)",
                "what was answered was asked",
            ),
        ),
    )


_DUMP_COLUMNS = (
    _required(
        "recording_id", "VARCHAR", "id of the recording: MBID, or Discogs release number and place on it"
    ),
    _required("title", "VARCHAR", "title as written, version and all"),
    Column("base_title", "VARCHAR", "title without version"),
    Column("version", "VARCHAR", "version as written in the title or, where it has none, in the comment"),
    Column("comment", "VARCHAR", "what tells it from recordings of the same name"),
    Column("artist_credit", "VARCHAR", "the whole credit as written"),
    _required("artists", "VARCHAR[]", "names credited, in order; without Various Artists and [unknown]"),
    _required("artist_keys", "VARCHAR[]", "their keys, in the same order"),
    Column("title_key", "VARCHAR", "key of the title without version"),
    _required("version_key", "VARCHAR", "what sets the version apart; empty for the original"),
    Column("length_ms", "INTEGER", "length in milliseconds"),
    _required("isrcs", "VARCHAR[]", "ISRCs of the recording"),
    Column("release_id", "VARCHAR", "release it is on; empty where it is on none"),
    Column("release_title", "VARCHAR", "title of the release"),
    Column(
        "release_kind",
        "VARCHAR",
        "single, ep, album, compilation, dj-mix, bootleg, various artists or other",
    ),
    Column("status", "VARCHAR", "Official, Promotion, Bootleg ..."),
    Column("release_date", "DATE", "earliest date of the release; the first day of a month or year"),
    Column("label_id", "VARCHAR", "id of the label"),
    Column("label", "VARCHAR", "label as written; self-released where it says that there is none"),
    Column("label_key", "VARCHAR", "its key; empty where the release names no label"),
    Column("catalogue_number", "VARCHAR", "catalogue number as written"),
    Column("is_distributor", "BOOLEAN", "the company sells the release; empty where that is not known"),
    _required("merged_from", "VARCHAR[]", "older ids that now mean this recording, release or label"),
)

_ALL = (
    # ---- ingest ------------------------------------------------------------------------------------
    Table(
        "source_files",
        "One row per file seen in the inbox: what it is and how much of it was read.",
        (
            _required("file_name", "VARCHAR", "path below the inbox"),
            Column("content_hash", "VARCHAR", "sha256 of the content; a file is read once per hash"),
            _required("size_bytes", "BIGINT", "file size"),
            Column("format", "VARCHAR", "csv, tsv, json, jsonl, djmix or text"),
            Column("encoding", "VARCHAR", "encoding it was read with"),
            _required("status", "VARCHAR", "read, same content, skipped or broken"),
            _required("lines", "BIGINT", "lines found: plays + rejected"),
            _required("plays", "BIGINT", "lines that became plays"),
            _required("rejected", "BIGINT", "lines kept aside in rejected_rows"),
            Column("notes", "VARCHAR[]", "what a person should know, such as a fallback encoding"),
        ),
        key=("file_name",),
        rules=(Rule("nothing_is_lost", "lines <> plays + rejected", "lines in = plays + rejected"),),
    ),
    Table(
        "staged_readings",
        "How each inbox file was read, cut by content hash; read again only when content or readers change.",
        (
            _required("content_hash", "VARCHAR", "sha256 of the file"),
            _required("reader_version", "VARCHAR", "version of the readers that read it"),
            _required("format_of_name", "VARCHAR", "format its name stands for"),
            Column("format", "VARCHAR", "format it was read as"),
            Column("encoding", "VARCHAR", "encoding it was read with"),
            _required("lines", "BIGINT", "lines found, counted before any was looked at"),
            Column("notes", "VARCHAR[]", "what a person should know, such as a fallback encoding"),
            Column(
                "rejected",
                "STRUCT(line_no BIGINT, place VARCHAR, reason VARCHAR, raw_text VARCHAR)[]",
                "rows that could not become plays",
            ),
        ),
        key=("content_hash",),
        partitioned_by="content_hash",
    ),
    Table(
        "staged_plays",
        "Lines of each inbox file as they were read, cut by content hash; raw_tracks takes them from here.",
        (
            _required("content_hash", "VARCHAR", "sha256 of the file"),
            _required("line_no", "BIGINT", "line or record number in the file"),
            _required("source", "VARCHAR", "where the set comes from: mixesdb, inbox ..."),
            _required("set_id", "VARCHAR", "set id as given"),
            Column("set_name", "VARCHAR", "set name as given"),
            Column("dj", "VARCHAR", "DJ string as given"),
            Column("djs", "VARCHAR[]", "the DJs, split"),
            Column("set_date", "DATE", "date of the set"),
            _required("position", "INTEGER", "position in the set, from 1"),
            _required("layer", "INTEGER", "0 for the first line at a position, 1.. for lines played over it"),
            Column("cue", "VARCHAR", "cue column as given"),
            _required("raw_text", "VARCHAR", "the line, unchanged"),
            Column("given_artist", "VARCHAR", "artist column as given"),
            Column("given_title", "VARCHAR", "title column as given"),
            Column("given_label", "VARCHAR", "label column as given"),
            Column("media_id", "VARCHAR", "id of a recording of this play (YouTube)"),
            Column("genres", "VARCHAR[]", "style tags of the set"),
        ),
        key=("content_hash", "line_no", "position", "layer"),
        partitioned_by="content_hash",
    ),
    Table(
        "rejected_rows",
        "Lines that could not become plays, with the reason; nothing that came in is lost.",
        (
            _required("file_name", "VARCHAR", "path below the inbox"),
            Column("content_hash", "VARCHAR", "sha256 of the file"),
            _required(
                "line_no", "BIGINT", "line or record number in the file; 0 when the whole file is meant"
            ),
            Column("place", "VARCHAR", "the same in words: line 12, sets[3].tracks[2], whole file"),
            _required("reason", "VARCHAR", "what is wrong and what to do"),
            Column("raw_text", "VARCHAR", "the row as it stands in the file"),
        ),
    ),
    Table(
        "raw_tracks",
        "One row per play: a line of a set exactly as it came in, cut by month of the set date.",
        (
            _PLAY_ID,
            _MONTH,
            _required("set_key", "VARCHAR", "source and set id, the set's identity here"),
            _required("source", "VARCHAR", "where the set comes from"),
            _required("set_id", "VARCHAR", "set id as given"),
            Column("set_name", "VARCHAR", "set name as given"),
            Column("dj", "VARCHAR", "DJ string as given"),
            Column("djs", "VARCHAR[]", "the DJs, split"),
            Column("set_date", "DATE", "date of the set; null when unknown"),
            _required("position", "INTEGER", "position in the set, from 1"),
            _required("layer", "INTEGER", "0 for the first line at a position, 1.. for lines played over it"),
            Column("cue", "VARCHAR", "cue column as given"),
            _required("raw_text", "VARCHAR", "the line, unchanged"),
            Column("given_artist", "VARCHAR", "artist column as given"),
            Column("given_title", "VARCHAR", "title column as given"),
            Column("given_label", "VARCHAR", "label column as given"),
            Column("media_id", "VARCHAR", "id of a recording of this play (YouTube)"),
            Column("genres", "VARCHAR[]", "style tags of the set"),
            _required("file_name", "VARCHAR", "file it came from"),
            _required("content_hash", "VARCHAR", "sha256 of that file"),
            _required("line_no", "BIGINT", "line or record number in that file"),
        ),
        key=("play_id",),
        partitioned_by="month",
    ),
    Table(
        "parsed_labels",
        "Tier 1 of the label hunt: what each play's own text says, by the set-line grammar.",
        (_PLAY_ID, _MONTH, *_PARSED_COLUMNS),
        key=("play_id",),
        partitioned_by="month",
        rules=(
            Rule(
                "label_has_confidence",
                "label is not null and label_confidence is null",
                "a label has a confidence",
            ),
        ),
    ),
    # ---- catalogue ---------------------------------------------------------------------------------
    Table(
        "plays",
        "One row per play with canonical keys: who, what, which version, which label, which track.",
        (
            _PLAY_ID,
            _required("track_key", "VARCHAR", _TRACK_KEY.meaning),
            _BUCKET,
            _required("set_key", "VARCHAR", "source and set id"),
            _required(
                "set_group",
                "VARCHAR",
                "first set key among near-duplicates of the set; sets of one group never vouch for each other",
            ),
            _MONTH,
            Column("set_date", "DATE", "date of the set"),
            Column("set_year", "INTEGER", "year of the set"),
            _required("position", "INTEGER", "position in the set"),
            _required("layer", "INTEGER", "0, or 1.. for lines played over it"),
            _required("dj_keys", "VARCHAR[]", "keys of the DJs"),
            _required("genres", "VARCHAR[]", "style tags of the set"),
            Column("media_id", "VARCHAR", "id of a recording of this play"),
            _required("kind", "VARCHAR", "kind of line"),
            Column(
                "artist", "VARCHAR", "artist credit as written; of a play with artist_verdict, the verdict's"
            ),
            _required(
                "artist_parts",
                "VARCHAR[]",
                "keys of the main names of the credit, in order, before acts are put together; after 'aka ' another name of the one before",
            ),
            _required(
                "artist_keys", "VARCHAR[]", "keys of the main artists: acts put together, aliases resolved"
            ),
            _required("featured_keys", "VARCHAR[]", "keys of featured guests"),
            _required("remixer_keys", "VARCHAR[]", "keys of remixers"),
            Column("title", "VARCHAR", "title as written"),
            Column("title_key", "VARCHAR", "key of the title without version; null when unknown"),
            Column("title_root", "VARCHAR", "looser key of the title; equal roots only propose candidates"),
            Column("version", "VARCHAR", "version as written"),
            _required("version_key", "VARCHAR", "what sets the version apart; '' for the original"),
            Column("label", "VARCHAR", "label the line's own text names"),
            Column("label_key", "VARCHAR", "key of that label, spellings resolved"),
            Column("label_confidence", "DOUBLE", "0..1 that the text names a label"),
            Column("catalogue_number", "VARCHAR", "catalogue number as written"),
            Column("catalogue_key", "VARCHAR", "key of the catalogue number"),
            Column("release_year", "INTEGER", "year of release as the bracket gives it"),
            Column(
                "components",
                "STRUCT(artist VARCHAR, title VARCHAR, version VARCHAR, remixers VARCHAR[], label VARCHAR)[]",
                "the tracks inside a mashup",
            ),
            _required("artist_known", "BOOLEAN", "the line names a main artist, or a person's verdict does"),
            _required("title_known", "BOOLEAN", "the line names a title"),
            Column(
                "artist_verdict",
                "VARCHAR",
                "entry of the ledger whose verdict names the artist; null where the line does, or nobody",
            ),
        ),
        key=("play_id",),
    ),
    Table(
        "artists",
        "One row per artist key: the name to show and how often it is played.",
        (
            _required("artist_key", "VARCHAR", "canonical key"),
            _required("name", "VARCHAR", "spelling used most"),
            _required("plays", "BIGINT", "plays as a main artist"),
            _required("sets", "BIGINT", "sets with such a play"),
            Column("first_played", "DATE", "earliest set"),
            Column("last_played", "DATE", "latest set"),
            _required(
                "is_protected_act",
                "BOOLEAN",
                "a credit of several names that is one act, by how it is played",
            ),
        ),
        key=("artist_key",),
    ),
    Table(
        "artist_aliases",
        "Spellings of one artist, learned from recordings that carry both.",
        (
            _required("alias_key", "VARCHAR", "the rarer key"),
            _required("act_key", "VARCHAR", "the key it stands for"),
            _required(
                "shared_titles",
                "BIGINT",
                "titles under both keys with the same recording id, or the same version and label",
            ),
            _required("alias_plays", "BIGINT", "plays under the rarer key"),
            _required("act_plays", "BIGINT", "plays under the other"),
        ),
        key=("alias_key",),
        rules=(Rule("alias_is_no_act", "alias_key = act_key", "an alias stands for another key"),),
    ),
    Table(
        "label_aliases",
        "Spellings of one label, learned from recordings that carry both; sub-labels stay apart.",
        (
            _required("alias_key", "VARCHAR", "the rarer key"),
            _required("act_key", "VARCHAR", "the key it stands for"),
            _required("shared_titles", "BIGINT", "recordings under both keys"),
            _required("alias_plays", "BIGINT", "plays under the rarer key"),
            _required("act_plays", "BIGINT", "plays under the other"),
        ),
        key=("alias_key",),
        rules=(Rule("alias_is_no_act", "alias_key = act_key", "an alias stands for another key"),),
    ),
    Table(
        "tracks",
        "One row per track: what one or more lines name. Look-ups and predictions are made per track.",
        (
            _TRACK_KEY,
            _BUCKET,
            Column("artist", "VARCHAR", "credit as written most often"),
            Column("title", "VARCHAR", "title as written most often"),
            Column("version", "VARCHAR", "version as written most often"),
            Column("shown_label", "VARCHAR", "label as written most often in the lines' own text"),
            _required("artist_keys", "VARCHAR[]", "keys of the main artists; empty when unknown"),
            Column("title_key", "VARCHAR", "key of the title"),
            _required("version_key", "VARCHAR", "what sets the version apart"),
            _required("artist_known", "BOOLEAN", "the lines name a main artist, or a person's verdict does"),
            Column(
                "artist_verdict",
                "VARCHAR",
                "entry of the ledger whose verdict names the artist; null where the lines do, or nobody",
            ),
            _required("title_known", "BOOLEAN", "the lines name a title"),
            _required("label_in_text", "BOOLEAN", "at least one line names a label (tier 1)"),
            _required("is_mashup", "BOOLEAN", "made of components"),
            _required("kind", "VARCHAR", "kind of line"),
            _required("plays", "BIGINT", "plays"),
            _required("sets", "BIGINT", "sets"),
            _required("djs", "BIGINT", "DJ line-ups that played it"),
            Column("first_played", "DATE", "earliest set"),
            Column("last_played", "DATE", "latest set"),
        ),
        key=("track_key",),
    ),
    Table(
        "internal_catalogue",
        "Tracks with known artist and title, with the labels their lines name: title look-up answers from here.",
        (
            _TRACK_KEY,
            _BUCKET,
            Column("artist", "VARCHAR", "credit as written most often"),
            _required("artist_keys", "VARCHAR[]", "keys of the main artists"),
            Column("title", "VARCHAR", "title as written most often"),
            _required("title_key", "VARCHAR", "key of the title"),
            Column("version", "VARCHAR", "version as written most often"),
            _required("version_key", "VARCHAR", "what sets the version apart"),
            _required("plays", "BIGINT", "plays"),
            _required("sets", "BIGINT", "sets"),
            Column("first_played", "DATE", "earliest set"),
            Column("last_played", "DATE", "latest set"),
            _required(
                "labels",
                "STRUCT(label_key VARCHAR, label VARCHAR, plays BIGINT, sets BIGINT)[]",
                "labels the lines name, most played first",
            ),
        ),
        key=("track_key",),
    ),
    Table(
        "artist_labels",
        "Artist-label association: how often an artist is played on a label, and what share of each that is.",
        (
            _required("artist_key", "VARCHAR", "canonical key"),
            _required("label_key", "VARCHAR", "canonical key"),
            _required("plays", "BIGINT", "plays of the artist with this label"),
            _required("sets", "BIGINT", "independent sets among them"),
            Column("first_played", "DATE", "earliest set"),
            Column("last_played", "DATE", "latest set"),
            _required("share_of_artist", "DOUBLE", "0..1 of the artist's labelled plays"),
            _required("share_of_label", "DOUBLE", "0..1 of the label's plays"),
        ),
        key=("artist_key", "label_key"),
    ),
    Table(
        "label_rosters",
        "One row per label: the name to show, how often it is played, and its artists.",
        (
            _required("label_key", "VARCHAR", "canonical key"),
            _required("label", "VARCHAR", "spelling used most"),
            _required("plays", "BIGINT", "plays"),
            _required("sets", "BIGINT", "sets"),
            _required("artists", "BIGINT", "artists"),
            Column("first_played", "DATE", "earliest set"),
            Column("last_played", "DATE", "latest set"),
            _required(
                "top_artists",
                "STRUCT(artist_key VARCHAR, plays BIGINT)[]",
                "up to 60 artists, most played first",
            ),
        ),
        key=("label_key",),
    ),
    Table(
        "dj_profiles",
        "One row per DJ: what the DJ plays, how often the DJ's own tracks, and on which labels.",
        (
            _required("dj_key", "VARCHAR", "canonical key, the same as the DJ's artist key"),
            _required("name", "VARCHAR", "name to show"),
            _required("sets", "BIGINT", "sets"),
            _required("plays", "BIGINT", "plays"),
            _required("own_plays", "BIGINT", "plays of which the DJ is a main artist"),
            Column("first_set", "DATE", "earliest set"),
            Column("last_set", "DATE", "latest set"),
            _required(
                "top_artists",
                "STRUCT(artist_key VARCHAR, plays BIGINT)[]",
                "up to 25 others, most played first",
            ),
            _required(
                "top_labels",
                "STRUCT(label_key VARCHAR, plays BIGINT)[]",
                "up to 15 labels, most played first",
            ),
            _required("aliases", "VARCHAR[]", "other keys of the DJ"),
        ),
        key=("dj_key",),
    ),
    # ---- matching ----------------------------------------------------------------------------------
    Table(
        "set_splits",
        "Which sets teach the matcher, which tune it, which measure it; near-duplicates never stand on two sides.",
        (
            _required("set_key", "VARCHAR", "source and set id"),
            _required("split", "VARCHAR", "train, dev, test, heldout_2019plus or exclude"),
            _required(
                "reason", "VARCHAR", "split file, by md5 of its group, or near-duplicate of a held-out set"
            ),
        ),
        key=("set_key",),
    ),
    Table(
        "masked_tracks",
        "Known plays whose artist is hidden to train the matcher: what it may see of each, and nothing of its own set.",
        (
            _PLAY_ID,
            _required("set_key", "VARCHAR", "source and set id"),
            _required(
                "set_group",
                "VARCHAR",
                "near-duplicates of the set; none of their plays teaches this question",
            ),
            _required("track_key", "VARCHAR", _TRACK_KEY.meaning),
            _BUCKET,
            _required("visibility", "VARCHAR", "title+label, title, label or none: what the question shows"),
        ),
        key=("play_id",),
    ),
    Table(
        "splink_model",
        "The published splink model, one row per level: m and u probability and match weight in words.",
        (
            _required(
                "model_hash", "VARCHAR", "first 12 hex digits of the sha256 of the model's canonical JSON"
            ),
            _required("comparison", "VARCHAR", "comparison"),
            _required("level", "INTEGER", "level number as splink counts: 0 is anything else"),
            _required("words", "VARCHAR", "what the level says"),
            _required("m_probability", "DOUBLE", "m: set so that log2(m/u) is the learned weight"),
            _required("u_probability", "DOUBLE", "u: share of candidate pairs at this level"),
            _required("match_weight", "DOUBLE", "log2(m/u), bits"),
        ),
        key=("comparison", "level"),
    ),
    Table(
        "artist_candidates",
        "Up to ten candidate artists of each track nobody names, with match weight and probability.",
        (
            _TRACK_KEY,
            _BUCKET,
            _required("rank", "INTEGER", "1 is the most probable"),
            _required("artist_key", "VARCHAR", "canonical key"),
            _required("artist", "VARCHAR", "name to show"),
            _required("match_weight", "DOUBLE", "splink's match weight of the pair, bits"),
            _required(
                "own_probability",
                "DOUBLE",
                "0..1 that this candidate, and no other, is the one; sums to 1 with p_none",
            ),
            _required("probability", "DOUBLE", "0..1 that it is a main artist of the credit"),
            _required("p_none", "DOUBLE", "0..1 that no candidate is right"),
            _required("visibility", "VARCHAR", "what the track shows: title+label, title, label or none"),
            _required("rules", "VARCHAR[]", "blocking rules that proposed it"),
            _required(
                "levels",
                "STRUCT(comparison VARCHAR, level INTEGER)[]",
                "level of each comparison; words and weights in splink_model",
            ),
            _required("model_hash", "VARCHAR", "model that scored it"),
            _RUN,
        ),
        key=("track_key", "rank"),
        partitioned_by="bucket",
        rules=(
            Rule(
                "is_probability",
                "not (probability between 0 and 1 and p_none between 0 and 1)",
                "probabilities are 0..1",
            ),
            Rule("mass_is_one", "own_probability + p_none > 1 + 1e-9", "a candidate and none share one mass"),
        ),
    ),
    Table(
        "resolved_artists",
        "The matcher's answer for each track nobody names: an artist with probability and band, or none of these.",
        (
            _TRACK_KEY,
            _BUCKET,
            Column("artist_key", "VARCHAR", "first answer; null when nobody was proposed"),
            Column("artist", "VARCHAR", "name to show"),
            Column("probability", "DOUBLE", "0..1 that it is a main artist of the credit; null of a verdict"),
            Column("p_none", "DOUBLE", "0..1 that no candidate is right; null of a verdict"),
            _required(
                "band",
                "VARCHAR",
                "auto (written as inferred), review (a person decides), none (cools down) or verdict (a person decided)",
            ),
            Column(
                "generation",
                "INTEGER",
                "0 a person's verdict, 1 the matcher's own answer of band auto, never evidence; null otherwise",
            ),
            Column(
                "decided_run",
                "VARCHAR",
                "run of the ledger that decided it: `enrich revert` undoes it; null in review and none",
            ),
            _required("visibility", "VARCHAR", "what the track shows; not asked where a person decided"),
            _required(
                "top_candidates",
                "STRUCT(artist_key VARCHAR, artist VARCHAR, probability DOUBLE)[]",
                "up to ten, most probable first",
            ),
            _required("evidence", "VARCHAR[]", "the strongest evidence for the first answer, in words"),
            _required("reason", "VARCHAR", "why this band, in words"),
            Column("model_hash", "VARCHAR", "model that answered; null of a verdict"),
            _RUN,
        ),
        key=("track_key",),
        partitioned_by="bucket",
        rules=(
            Rule("band_is_known", "band not in ('auto', 'review', 'none', 'verdict')", "one of four bands"),
            Rule(
                "auto_has_artist",
                "band = 'auto' and (artist_key is null or probability is null)",
                "an answer names somebody",
            ),
            Rule(
                "matcher_has_model",
                "band <> 'verdict' and (model_hash is null or p_none is null)",
                "what the matcher answers has model and p_none",
            ),
            Rule(
                "verdict_has_run",
                "band = 'verdict' and (artist_key is null or decided_run is null or generation is distinct from 0)",
                "a verdict names somebody and the run that recorded it",
            ),
        ),
    ),
    # ---- feedback ----------------------------------------------------------------------------------
    Table(
        "ledger",
        "What was decided about who made a track: people's verdicts, the matcher's certain answers, and what undoes them."
        " Rows are only ever added.",
        (
            _required("entry_id", "VARCHAR", "hash of run, track, kind, artists and what is undone"),
            _required("track_key", "VARCHAR", _TRACK_KEY.meaning),
            _required("kind", "VARCHAR", "verdict accept, verdict reject, auto answer or revert"),
            _required(
                "generation",
                "INTEGER",
                "0 a person's verdict, a fact; 1 the matcher's own answer, evidence for nothing; of a revert that of what it undoes",
            ),
            _required("artist", "VARCHAR", "credit as shown: who made it, or of a reject who did not"),
            _required("artist_keys", "VARCHAR[]", "keys of the main artists of the credit, in order"),
            _required("artist_names", "VARCHAR[]", "the same as names, in the same order"),
            Column("probability", "DOUBLE", "0..1 the matcher gave it; null where it gave none"),
            Column("model_hash", "VARCHAR", "model that gave it"),
            Column("who", "VARCHAR", "person who decided; null of an auto answer"),
            Column("note", "VARCHAR", "why, in that person's words"),
            Column("line", "VARCHAR", "a line of the track as it stood then, unchanged"),
            Column("reverts_run", "VARCHAR", "of a revert: the run it undoes"),
            Column("reverts_entry", "VARCHAR", "of a revert: the entry it undoes"),
            _required("run_id", "VARCHAR", "run that decided: a review session, a revert, or a Dagster run"),
            _required("decided_at", "TIMESTAMP", "when, UTC"),
        ),
        key=("entry_id",),
        partitioned_by="run",
        rules=(
            Rule(
                "kind_is_known",
                "kind not in ('verdict accept', 'verdict reject', 'auto answer', 'revert')",
                "one of four kinds",
            ),
            Rule(
                "kind_has_its_generation",
                "generation <> case when kind = 'auto answer' then 1 when kind = 'revert' then generation else 0 end"
                " or generation not in (0, 1)",
                "verdicts are of generation 0, auto answers of generation 1",
            ),
            Rule("verdict_has_person", "kind like 'verdict %' and who is null", "a verdict has a person"),
            Rule(
                "answer_has_model",
                "kind = 'auto answer' and (probability is null or model_hash is null)",
                "an auto answer has probability and model",
            ),
            Rule(
                "revert_names_what_it_undoes",
                "(kind = 'revert') <> (reverts_run is not null and reverts_entry is not null)",
                "a revert names run and entry, and nothing else does",
            ),
            Rule(
                "names_go_with_keys",
                "len(artist_keys) = 0 or len(artist_keys) <> len(artist_names)",
                "each key has a name",
            ),
        ),
    ),
    # ---- evaluation --------------------------------------------------------------------------------
    Table(
        "match_evaluation",
        "How right the answers are on sets the catalogue does not know: one row per split, visibility, method and measure.",
        (
            _required("split", "VARCHAR", "dev, test or heldout_2019plus"),
            _required(
                "visibility", "VARCHAR", "what was shown: title+label, title, label, none; or hidden label"
            ),
            _required("method", "VARCHAR", "splink_model, or a baseline"),
            _required("measure", "VARCHAR", "hit@1, hit@10, mrr, auto_precision, auto_coverage, ece ..."),
            Column("value", "DOUBLE", "value; null where it has none (precision of no answer)"),
            Column("low", "DOUBLE", "lower end of the 95 % interval, by set-level bootstrap"),
            Column("high", "DOUBLE", "upper end"),
            Column("model_hash", "VARCHAR", "model measured, where the method is one"),
        ),
        key=("split", "visibility", "method", "measure"),
    ),
    # ---- labels ------------------------------------------------------------------------------------
    Table(
        "label_calibration",
        "How often each kind of label evidence was right on labels that were known and hidden.",
        (
            _required("kind", "VARCHAR", "kind of evidence; 'together' for combinations of levels"),
            _required("support", "VARCHAR", "how strong it was, in words"),
            _required("n", "BIGINT", "hidden labels for which there was such evidence"),
            _required("right", "BIGINT", "of these, how many it named right"),
            Column("expected", "DOUBLE", "0..1, what the parts of a combination say together"),
            Column("weight", "DOUBLE", "log-odds of a level, or of a combination as expected"),
            _required(
                "confidence", "DOUBLE", "0..1, the measured share, drawn to what is expected where n is small"
            ),
        ),
        key=("kind", "support"),
        rules=(
            Rule("confidence_is_probability", "confidence < 0 or confidence > 1", "confidence lies in 0..1"),
            Rule("right_is_part_of_n", '"right" > n', "no more can be right than there were"),
        ),
    ),
    Table(
        "label_evidence",
        "Everything that speaks for a label of a track: one row per track, label, component and source.",
        _LABEL_EVIDENCE_COLUMNS,
        key=("track_key", "label_key", "component_no", "source"),
        partitioned_by="bucket",
        rules=(
            Rule("confidence_is_probability", "confidence < 0 or confidence > 1", "confidence lies in 0..1"),
        ),
    ),
    Table(
        "track_labels",
        "One row per track: its label or the best candidate, the tier that answered, and all candidates.",
        (
            _TRACK_KEY,
            _BUCKET,
            Column("label_key", "VARCHAR", "canonical key of the chosen label or best candidate"),
            Column("label", "VARCHAR", "label as shown"),
            _required("status", "VARCHAR", "accepted, candidate, none or self-released"),
            Column("tier", "VARCHAR", "tier that answered"),
            Column("source", "VARCHAR", "source that was surest within the tier"),
            Column("confidence", "DOUBLE", "0..1, measured on hidden labels"),
            _required("reason", "VARCHAR", "why this label, in words"),
            _required("tier_log", "VARCHAR", "what each tier said, and why the earlier ones did not decide"),
            _required(
                "candidates",
                "STRUCT(label_key VARCHAR, label VARCHAR, source VARCHAR, tier VARCHAR, confidence DOUBLE, plays_for BIGINT)[]",
                "all candidates, best first, one per tier and label",
            ),
            _required(
                "components",
                "STRUCT(no INTEGER, label_key VARCHAR, label VARCHAR, confidence DOUBLE)[]",
                "labels of the tracks inside a mashup",
            ),
            _RUN,
        ),
        key=("track_key",),
        partitioned_by="bucket",
        rules=(
            Rule(
                "status_is_known",
                "status not in ('accepted', 'candidate', 'none', 'self-released')",
                "status is accepted, candidate, none or self-released",
            ),
            Rule(
                "none_has_no_label",
                "(status = 'none') <> (label_key is null)",
                "a label stands exactly where the status is not none",
            ),
        ),
    ),
    Table(
        "unresolved_tracks",
        "Tracks whose label or artist is still missing, with what is missing and why.",
        (
            _TRACK_KEY,
            _BUCKET,
            Column("artist", "VARCHAR", "credit as written"),
            Column("title", "VARCHAR", "title as written"),
            Column("version", "VARCHAR", "version as written"),
            _required("label_missing", "BOOLEAN", "no label is sure enough to stand"),
            _required("artist_missing", "BOOLEAN", "no line names a main artist"),
            _required("why", "VARCHAR", "in words"),
            Column("best_label", "VARCHAR", "likeliest label, not sure enough to stand"),
            Column("best_confidence", "DOUBLE", "0..1 that it is right"),
            _required("plays", "BIGINT", "plays"),
            Column("last_played", "DATE", "latest set"),
        ),
        key=("track_key",),
        partitioned_by="bucket",
    ),
    # ---- sources -----------------------------------------------------------------------------------
    Table(
        "label_questions",
        "Tracks asked of outside sources: those whose label neither text nor catalogue tells, and some known ones to measure by.",
        (
            _TRACK_KEY,
            _BUCKET,
            _required(
                "purpose", "VARCHAR", "label (wanted) or calibration (known, to measure the sources by)"
            ),
            _required("artist", "VARCHAR", "credit as written"),
            _required("artists", "VARCHAR[]", "main artists by name, in order"),
            _required("artist_keys", "VARCHAR[]", "their keys"),
            _required("title", "VARCHAR", "title as written"),
            _required("title_key", "VARCHAR", "its key"),
            Column("version", "VARCHAR", "version as written"),
            _required("version_key", "VARCHAR", "what sets the version apart"),
            _required("plays", "BIGINT", "plays; the most played are asked first"),
        ),
        key=("track_key",),
        partitioned_by="bucket",
    ),
    _label_evidence("musicbrainz_labels", "Labels MusicBrainz names, by its dump and its API (tier 2)."),
    _lookups("musicbrainz_lookups", "at MusicBrainz"),
    _label_evidence("partner_labels", "Labels Discogs and the Beatport partner API name (tier 2)."),
    _lookups("partner_lookups", "at Discogs and Beatport"),
    Table(
        "songstats_dj_supports",
        "How many DJs support a track by Songstats' count of tracklists; null is not the same as 0.",
        (
            _TRACK_KEY,
            _BUCKET,
            _required("songstats_track_id", "VARCHAR", "Songstats' id"),
            _required("is_on_tracklists", "BOOLEAN", "Songstats links the track to tracklists at all"),
            Column("unique_support", "INTEGER", "DJs; null where the track is not on tracklists"),
            Column("total_support", "INTEGER", "plays in tracklists; null where unknown"),
            _required(
                "activities",
                "STRUCT(date VARCHAR, text VARCHAR, url VARCHAR)[]",
                "what happened on tracklists, in Songstats' words",
            ),
            Column("asked_at", "TIMESTAMP", "when it was asked, UTC"),
        ),
        key=("track_key",),
        partitioned_by="bucket",
    ),
    _label_evidence("songstats_labels", "Labels Songstats names beside the supports (tier 2)."),
    _lookups("songstats_lookups", "at Songstats"),
    _label_evidence("scraped_labels", "Labels read from web pages, the last resort (tier 3)."),
    _lookups("scraped_lookups", "on web pages"),
    Table(
        "title_questions",
        "Titles asked of outside sources: of tracks whose artist nobody names, and of some masked ones to learn by.",
        (
            _required(
                "track_key", "VARCHAR", "key of a track of this title, version and label without an artist"
            ),
            _BUCKET,
            _required(
                "purpose", "VARCHAR", "unknown (wanted), calibration (masked, to learn by) or evaluation"
            ),
            _required("title", "VARCHAR", "title as written"),
            _required("title_key", "VARCHAR", "its key"),
            Column("version", "VARCHAR", "version as written"),
            _required("version_key", "VARCHAR", "what sets the version apart"),
            Column("label", "VARCHAR", "label as shown; null when unknown"),
            Column("label_key", "VARCHAR", "its key"),
            _required("plays", "BIGINT", "plays; the most played are asked first"),
        ),
        key=("track_key",),
        partitioned_by="bucket",
    ),
    Table(
        "external_candidates",
        "Who outside sources say made a title, for tracks whose artist is unknown and for some masked ones.",
        (
            _required(
                "track_key", "VARCHAR", "key of a track of this title, version and label without an artist"
            ),
            _BUCKET,
            _required("source", "VARCHAR", "source that names it"),
            _required("title_key", "VARCHAR", "key of the title asked for"),
            _required("version_key", "VARCHAR", "version asked for"),
            Column("label_key", "VARCHAR", "label asked for; null when unknown"),
            _required("artist_key", "VARCHAR", "key of a main artist of the credit"),
            _required("artist", "VARCHAR", "that artist as the source writes it"),
            _required("credit", "VARCHAR", "the whole credit"),
            _required("matched_title", "VARCHAR", "title as the source writes it"),
            _required("matched_id", "VARCHAR", "the source's id of recording or release"),
            _required("title_similarity", "DOUBLE", "0..1; 1 where the keys are equal"),
            _required("version_agrees", "BOOLEAN", "the versions are the same"),
            Column("label", "VARCHAR", "label the source names"),
            Column("label_agrees", "BOOLEAN", "it is the label asked for; null where either is unknown"),
            Column("release_date", "DATE", "date of the release"),
            Column("url", "VARCHAR", "where it can be looked up"),
            _required("raw_answer_ref", "VARCHAR", "content hash of the kept answer; empty for a dump"),
        ),
        key=("track_key", "source", "artist_key", "matched_id"),
        partitioned_by="bucket",
    ),
    _lookups("external_lookups", "of titles whose artist is unknown"),
    Table(
        "source_calibration",
        "How often each kind of outside answer names the label that the lines of a track name themselves.",
        (
            _required("source", "VARCHAR", "source"),
            _required(
                "support",
                "VARCHAR",
                "isrc, exact or fuzzy; with ', several labels' or ', secondary release' where that holds",
            ),
            _required("n", "BIGINT", "tracks with a known label that the source answered"),
            _required("right", "BIGINT", "of these, how often the label it would give is the known one"),
            _required(
                "confidence",
                "DOUBLE",
                "0..1, the measured share, drawn to what is assumed before measuring where n is small",
            ),
        ),
        key=("source", "support"),
        rules=(_CONFIDENCE_RULE,),
    ),
    # ---- cool-down ---------------------------------------------------------------------------------
    Table(
        "cooldown_queue",
        "Tracks whose label or artist is still wanted: when each is asked again, why then, and what came of it so far.",
        (
            _TRACK_KEY,
            _BUCKET,
            _required(
                "state",
                "VARCHAR",
                "waiting, due, asked (and the source did not answer), resolved or exhausted",
            ),
            _required("wants", "VARCHAR", "label, artist or both; of a resolved track what it wanted last"),
            _required(
                "attempts", "INTEGER", "answers so far, of the source that gave most; trouble counts none"
            ),
            _required(
                "reason",
                "VARCHAR",
                "no match, ambiguous, low probability, source down, source blocked, quota, off or not asked",
            ),
            _required(
                "strategy", "VARCHAR", "schedule of the next step: fixed, exponential, adaptive or none"
            ),
            Column("first_asked_at", "TIMESTAMP", "first answer, UTC; null before it"),
            Column("last_asked_at", "TIMESTAMP", "latest answer, UTC"),
            Column(
                "due_at",
                "TIMESTAMP",
                "asked again from then on, UTC; null when resolved, exhausted, or nobody who is on can answer",
            ),
            Column("waked_by", "VARCHAR", "new evidence or the person that made it due, in words"),
            Column(
                "waked_at", "TIMESTAMP", "when that was seen, UTC; answers from before do not count as asked"
            ),
            Column("revived_at", "TIMESTAMP", "when a person revived it, UTC; attempts count from then on"),
            _required("since", "TIMESTAMP", "in this state since, UTC"),
            _required(
                "seen",
                "STRUCT(decided_by VARCHAR, decisions INTEGER, decided_at TIMESTAMP, dump_at TIMESTAMP, label_known BOOLEAN,"
                " plays BIGINT, last_played DATE, named_elsewhere BIGINT, supports INTEGER, supports_first INTEGER, requested_at TIMESTAMP)",
                "what was known when it was last looked at; more than that wakes it",
            ),
            _required(
                "history",
                'STRUCT("at" TIMESTAMP, outcome VARCHAR, words VARCHAR)[]',
                "what happened to it, oldest first; the last 20",
            ),
            _RUN,
        ),
        key=("track_key",),
        partitioned_by="bucket",
        rules=(
            Rule(
                "state_is_known",
                "state not in ('waiting', 'due', 'asked', 'resolved', 'exhausted')",
                "one of five states",
            ),
            Rule(
                "who_is_due_has_a_time",
                "state in ('due', 'asked') and due_at is null or state in ('resolved', 'exhausted') and due_at is not null",
                "due and asked tracks have a due time, resolved and exhausted ones none",
            ),
            Rule("history_is_short", "len(history) > 20", "the last 20 happenings are kept"),
        ),
    ),
    # ---- operations --------------------------------------------------------------------------------
    Table(
        "operations",
        "How the pipeline is doing: one row per measure and moment; the last 400 snapshots.",
        (
            _required("made_at", "TIMESTAMP", "when the snapshot was made, UTC"),
            _required(
                "area", "VARCHAR", "part of the pipeline: labels, sources, cooldown, matcher, runs ..."
            ),
            _required(
                "subject", "VARCHAR", "tier, source, site, host, state or job measured; all for the whole"
            ),
            _required("measure", "VARCHAR", "what is measured; meanings in docs/operations.md"),
            _required("value", "DOUBLE", "the value"),
            _required("unit", "VARCHAR", "share (0..1), tracks, rows, hours, EUR ..."),
            Column("words", "VARCHAR", "what the number alone does not say"),
        ),
        key=("made_at", "area", "subject", "measure"),
        rules=(Rule("value_is_a_number", "not isfinite(value)", "values are finite"),),
    ),
    # ---- publish -----------------------------------------------------------------------------------
    Table(
        "enriched_tracks",
        "The result: one row per play with its raw text, label and artist, where each comes from and how sure it is.",
        (
            _PLAY_ID,
            _required("set_key", "VARCHAR", "source and set id"),
            _required("source", "VARCHAR", "where the set comes from"),
            _required("set_id", "VARCHAR", "set id as given"),
            Column("set_name", "VARCHAR", "set name as given"),
            Column("dj", "VARCHAR", "DJ string as given"),
            Column("set_date", "DATE", "date of the set"),
            _required("position", "INTEGER", "position in the set"),
            _required("layer", "INTEGER", "0, or 1.. for lines played over it"),
            Column("cue", "VARCHAR", "cue as written"),
            _required("layered", "BOOLEAN", "played over the line before"),
            _required("raw_text", "VARCHAR", "the line, unchanged"),
            _required("kind", "VARCHAR", "kind of line"),
            _required("track_key", "VARCHAR", _TRACK_KEY.meaning),
            Column("title", "VARCHAR", "title as written"),
            Column("version", "VARCHAR", "version as written"),
            Column("catalogue_number", "VARCHAR", "catalogue number as written"),
            Column("label", "VARCHAR", "label: the text's own, else an accepted answer of a later tier"),
            Column("label_source", "VARCHAR", "text, or the source that answered"),
            Column("label_tier", "VARCHAR", "tier that answered"),
            Column("label_confidence", "DOUBLE", "0..1"),
            _required("label_inferred", "BOOLEAN", "not in this line's own text"),
            _required("label_reason", "VARCHAR", "why this label, or why none, in words"),
            _required("label_tier_log", "VARCHAR", "what each tier said"),
            _required(
                "label_candidates",
                "STRUCT(label_key VARCHAR, label VARCHAR, source VARCHAR, tier VARCHAR, confidence DOUBLE, plays_for BIGINT)[]",
                "all candidates",
            ),
            _required(
                "component_labels",
                "STRUCT(no INTEGER, label_key VARCHAR, label VARCHAR, confidence DOUBLE)[]",
                "labels of the tracks inside a mashup",
            ),
            Column(
                "artist",
                "VARCHAR",
                "artist: the text's own credit, else a person's verdict, else the matcher's answer of band auto",
            ),
            Column("artist_source", "VARCHAR", "text, matcher or verdict (a person's)"),
            Column("artist_probability", "DOUBLE", "0..1 of an inferred artist"),
            _required("artist_inferred", "BOOLEAN", "not in this line's own text"),
            _required("artist_band", "VARCHAR", "known, verdict, auto, review, none or not asked"),
            Column(
                "artist_generation",
                "INTEGER",
                "0 a person's verdict, 1 the matcher's own answer, never evidence; null where the text says it, or nobody",
            ),
            Column(
                "artist_decided_run",
                "VARCHAR",
                "run of the ledger that decided it: `enrich revert` undoes it; null where the text says it, or nobody",
            ),
            _required("artist_reason", "VARCHAR", "why this artist, or why none, in words"),
            _required(
                "top_candidates",
                "STRUCT(artist_key VARCHAR, artist VARCHAR, probability DOUBLE)[]",
                "up to ten, most probable first",
            ),
            Column("model_hash", "VARCHAR", "model that answered"),
            _RUN,
        ),
        key=("play_id",),
        rules=(
            Rule(
                "inferred_has_source",
                "artist_inferred and artist_source <> 'verdict' and (artist_probability is null or model_hash is null)",
                "an artist the matcher inferred has probability and model",
            ),
            Rule(
                "decided_has_run",
                "(artist_source = 'verdict') <> coalesce(artist_generation = 0, false)"
                " or artist_source = 'verdict' and artist_decided_run is null",
                "an artist by verdict has generation 0 and the run that recorded it",
            ),
            Rule(
                "inferred_label_has_source",
                "label_inferred and (label_source is null or label_confidence is null)",
                "an inferred label has source and confidence",
            ),
        ),
    ),
    # ---- sources: dumps ----------------------------------------------------------------------------
    # No keys are declared: asserting one over tens of millions of rows costs more memory than loading them.
    Table(
        "mb_track_labels",
        "MusicBrainz in bulk: one row per recording, release it is on, and label of that release.",
        _DUMP_COLUMNS,
        is_published=False,
    ),
    Table(
        "discogs_track_labels",
        "Discogs in bulk: one row per track of a release and label of that release.",
        _DUMP_COLUMNS,
        is_published=False,
    ),
    Table(
        "mb_canonical",
        "MusicBrainz' own choice of one recording for each artist and title, by the two glued together.",
        (
            _required("combined_lookup", "VARCHAR", "artist credit and title in plain letters, glued"),
            _required("recording_id", "VARCHAR", "MBID of the recording chosen"),
            Column("release_id", "VARCHAR", "MBID of the release chosen for it; often an album"),
            Column("artist_credit", "VARCHAR", "artist credit as written"),
            Column("title", "VARCHAR", "title as written"),
            Column("score", "BIGINT", "order among equals: lower is better"),
        ),
        is_published=False,
    ),
)

TABLES: dict[str, Table] = {t.name: t for t in _ALL}
