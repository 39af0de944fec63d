"""Which tables of the MusicBrainz core dump are read, and what their columns are.

Taken from the server's table definitions of the schema named here. Values with a fixed meaning in that database
(types, status, special artists) stand here too; what is made of them stands in `core.py`.
"""

from __future__ import annotations

from enrichment_pipeline.sources.dumps.copy_text import CopyTable

# The schemas whose column positions are the ones below. After a schema change compare each table with the server's
# `admin/sql/CreateTables.sql`, then add the number.
KNOWN_SCHEMA_SEQUENCES = frozenset({31})

VARIOUS_ARTISTS = 1
NO_LABEL_ID = "157afde4-4bf5-4039-8ad2-5a15acc85176"
STATUSES = {1: "Official", 2: "Promotion", 3: "Bootleg", 4: "Pseudo-Release", 5: "Withdrawn", 6: "Cancelled"}
BOOTLEG = 3
ALBUM, SINGLE, EP = 1, 2, 3
COMPILATION, DJ_MIX, MIXTAPE = 1, 8, 9
DISTRIBUTOR = 1


def _table(name: str, columns: str, *, numbers: str, texts: str = "", required: str) -> CopyTable:
    return CopyTable(
        name,
        tuple(columns.split()),
        tuple(numbers.split()),
        tuple(texts.split()),
        frozenset(required.split()),
    )


def _redirect(name: str) -> CopyTable:
    return _table(name, "gid new_id created", numbers="new_id", texts="gid", required="gid new_id")


CORE_TABLES: dict[str, CopyTable] = {
    table.name: table
    for table in (
        _table(
            "recording",
            "id gid name artist_credit length comment edits_pending last_updated video",
            numbers="id artist_credit length",
            texts="gid name comment",
            required="id gid name artist_credit",
        ),
        _table(
            "track",
            "id gid recording medium position number name artist_credit length edits_pending last_updated"
            " is_data_track",
            numbers="recording medium",
            required="recording medium",
        ),
        _table(
            "medium",
            "id release position format name edits_pending last_updated track_count gid",
            numbers="id release",
            required="id release",
        ),
        _table(
            "release",
            "id gid name artist_credit release_group status packaging language script barcode comment edits_pending"
            " quality last_updated",
            numbers="id artist_credit release_group status",
            texts="gid name",
            required="id gid release_group",
        ),
        _table(
            "release_group",
            "id gid name artist_credit type comment edits_pending last_updated",
            numbers="id type",
            required="id",
        ),
        _table(
            "release_group_secondary_type_join",
            "release_group secondary_type created",
            numbers="release_group secondary_type",
            required="release_group secondary_type",
        ),
        _table(
            "release_label",
            "id release label catalog_number last_updated",
            numbers="release label",
            texts="catalog_number",
            required="release",
        ),
        _table(
            "label",
            "id gid name begin_date_year begin_date_month begin_date_day end_date_year end_date_month end_date_day"
            " label_code type area comment edits_pending last_updated ended",
            numbers="id type",
            texts="gid name",
            required="id gid name",
        ),
        _table(
            "artist_credit",
            "id name artist_count ref_count created edits_pending gid",
            numbers="id",
            texts="name",
            required="id name",
        ),
        _table(
            "artist_credit_name",
            "artist_credit position artist name join_phrase",
            numbers="artist_credit position artist",
            texts="name",
            required="artist_credit position artist name",
        ),
        _table(
            "isrc",
            "id recording isrc edits_pending created",
            numbers="recording",
            texts="isrc",
            required="recording isrc",
        ),
        _table(
            "release_country",
            "release country date_year date_month date_day",
            numbers="release date_year date_month date_day",
            required="release",
        ),
        _table(
            "release_unknown_country",
            "release date_year date_month date_day",
            numbers="release date_year date_month date_day",
            required="release",
        ),
        _redirect("recording_gid_redirect"),
        _redirect("release_gid_redirect"),
        _redirect("label_gid_redirect"),
    )
}
