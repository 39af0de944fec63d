"""The comparisons of the matcher: ordered levels over the evidence of `evidence.py`, as data.

Signals that depend on each other share one comparison (research: fitting them apart counts them twice);
"unknown" and "is the DJ" are ordinary levels. A level's condition names proposal columns; the first true
level of a comparison holds, the last is "anything else". Weights do not belong here, they are learned.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a comparison.

    Attributes:
        condition: SQL over proposal columns; "" for anything else.
        words: what it says.
        of_titled: whether only candidates who have the title or a similar one are at it (True), only others (False),
            or both (None).
    """

    condition: str
    words: str
    of_titled: bool | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ordered levels, the strongest first as a rule; the last has no condition."""

    name: str
    meaning: str
    levels: tuple[Level, ...]

    def sql(self) -> str:
        """The level of a row as an integer: n-1 for the first level, 0 for the last, as splink counts."""
        last = len(self.levels) - 1
        whens = " ".join(
            f"when {level.condition} then {last - i}" for i, level in enumerate(self.levels[:-1])
        )
        return f"case {whens} else 0 end"


def _comparison(name: str, meaning: str, *levels: tuple[str, str], other: str) -> Comparison:
    return Comparison(name, meaning, (*(Level(c, w) for c, w in levels), Level("", other)))


_HAS_TITLE = "title_n > 0 or root_n > 0"


def _told_apart(comparison: Comparison) -> Comparison:
    """The same levels twice: for candidates who have the title or a similar one, and for all others.

    Among those who have the title, others than the most played and the best connected are right: what set, DJ and
    style say weighs differently there. Measured on dev: docs/error_analysis.md.
    """
    levels: list[Level] = []
    for level in comparison.levels:
        condition = f"({level.condition}) and ({_HAS_TITLE})" if level.condition else _HAS_TITLE
        levels += [
            Level(condition, f"{level.words}; has the title", of_titled=True),
            Level(level.condition, f"{level.words}; does not have the title", of_titled=False),
        ]
    return Comparison(comparison.name, comparison.meaning, tuple(levels))


def _all_of_one_kind(comparison: Comparison, without_title: tuple[str, ...]) -> Comparison:
    """The same levels, marked: those of `without_title` are of candidates without the title, all others of the rest.

    Args:
        comparison: one whose levels tell of the title.
        without_title: words of levels.
    """
    levels = (replace(level, of_titled=level.words not in without_title) for level in comparison.levels)
    return replace(comparison, levels=tuple(levels))


# What a question shows is among them, so that weights of one fact may differ with what else is known. Levels that are
# the same for all candidates of a question shift "none of these" alone.
PLAIN_COMPARISONS: tuple[Comparison, ...] = (
    _all_of_one_kind(
        _comparison(
            "title",
            "the title (and version) under the candidate's name in other sets",
            ("not has_title", "title unknown"),
            (
                "title_n = 0 and root_label_n > 0 and root_artists = 1",
                "similar title on the same label, under this name only",
            ),
            ("title_n = 0 and root_label_n > 0", "similar title on the same label"),
            (
                "title_n = 0 and root_n > 0 and root_artists = 1 and title_artists = 0",
                "similar title, under this name only",
            ),
            (
                "title_n = 0 and root_n > 0 and root_artists <= 3 and title_artists = 0",
                "similar title, under up to three names",
            ),
            ("title_n = 0 and root_n > 0", "similar title, under many names or beside the title itself"),
            ("title_n = 0 and version_artists > 0", "title and version known under other names only"),
            ("title_n = 0 and title_artists > 0", "title known under other names only"),
            ("title_n = 0", "title not in the catalogue"),
            ("version_label_n > 0 and version_artists = 1", "title, version and label, under this name only"),
            ("version_label_n > 0", "title, version and label"),
            (
                "version_n >= 2 and version_artists = 1 and title_length >= 6",
                "title and version, twice and under this name only",
            ),
            (
                "version_n > 0 and version_artists = 1 and title_length >= 6",
                "title and version, under this name only",
            ),
            ("version_n > 0 and version_artists = 1", "short title and version, under this name only"),
            ("version_n > 0 and version_artists <= 3", "title and version, under two or three names"),
            ("version_n > 0", "title and version, under many names"),
            (
                "title_label_n > 0 and title_label_artists = 1",
                "title in another version, same label, under this name only",
            ),
            ("title_label_n > 0", "title in another version, same label"),
            ("title_artists = 1 and title_length >= 6", "title in another version, under this name only"),
            ("title_artists = 1", "short title in another version, under this name only"),
            ("title_artists <= 3", "title in another version, under two or three names"),
            ("title_artists <= 8", "title in another version, under up to eight names"),
            other="title in another version, under many names",
        ),
        (
            "title unknown",
            "title and version known under other names only",
            "title known under other names only",
            "title not in the catalogue",
        ),
    ),
    _comparison(
        "title_share",
        "share of the title's plays that carry the candidate's name",
        ("title_n = 0", "none"),
        ("title_n = title_plays", "all"),
        ("title_n >= 0.5 * title_plays", "half or more"),
        ("title_n >= 0.2 * title_plays", "a fifth or more"),
        other="less than a fifth",
    ),
    _comparison(
        "title_label",
        "whether a candidate who has the title is on the label, and whether the title's plays name another",
        ("title_n = 0", "candidate does not have the title"),
        ("not has_label and title_labelled_n > 0", "label unknown, the title's plays name one"),
        ("not has_label", "label unknown, the title's plays name none"),
        ("title_label_n > 0", "the title's plays name this label"),
        ("label_plays = 0 and title_labelled_n = 0", "label new, the title's plays name none"),
        ("label_plays = 0", "label new, the title's plays name another"),
        ("label_n > 0 and title_labelled_n = 0", "on the label, the title's plays name none"),
        ("label_n > 0", "on the label, the title's plays name another"),
        ("title_labelled_n = 0", "not on the label, the title's plays name none"),
        other="not on the label, the title's plays name another",
    ),
    _comparison(
        "title_time",
        "months between this set and the candidate's nearest play of the title",
        (
            "(title_n = 0 and root_n = 0) or (title_gap is null and root_gap is null)",
            "candidate does not have the title, or set undated",
        ),
        ("title_gap <= 1", "one at most"),
        ("title_gap <= 3", "two or three"),
        ("title_gap <= 6", "up to six"),
        ("title_gap <= 12", "up to twelve"),
        ("title_gap <= 24", "up to two years"),
        ("title_gap <= 48", "up to four years"),
        ("title_gap <= 96", "up to eight years"),
        ("title_n > 0", "more"),
        ("root_gap <= 6", "similar title, up to six"),
        ("root_gap <= 18", "similar title, up to eighteen"),
        other="similar title, more",
    ),
    _comparison(
        "songstats_support",
        "DJs that Songstats counts for the candidate's track of this title",
        ("title_support is null", "not asked, or candidate does not have the title"),
        ("title_support >= 50", "fifty or more"),
        ("title_support >= 10", "ten or more"),
        ("title_support >= 1", "up to nine"),
        other="none",
    ),
    _comparison(
        "external",
        "what outside sources say of who made a track of this title",
        ("not has_external", "not asked, or the title unknown"),
        ("external_best = 0", "asked, and nobody named"),
        ("external_fit = 0 and external_best >= 5", "title and version under other names only"),
        ("external_fit = 0", "similar title or another version under other names only"),
        (
            "external_fit = 7 and external_rivals = 1 and external_sources >= 2",
            "title, version and label, by two sources, under this name only",
        ),
        ("external_fit = 7 and external_rivals = 1", "title, version and label, under this name only"),
        ("external_fit = 7", "title, version and label, under several names"),
        (
            "external_fit = 6 and external_rivals = 1 and external_sources >= 2",
            "title and version, by two sources, under this name only",
        ),
        ("external_fit = 6 and external_rivals = 1", "title and version, under this name only"),
        ("external_fit = 6 and external_rivals <= 3", "title and version, under two or three names"),
        ("external_fit = 6", "title and version, under many names"),
        (
            "external_fit = 5 and external_rivals = 1",
            "title and version on another label, under this name only",
        ),
        ("external_fit = 5", "title and version on another label, under several names"),
        ("external_fit = 4", "title in another version on the label"),
        ("external_fit = 3", "similar title, version and label"),
        ("external_fit = 2 and external_rivals = 1", "title in another version, under this name only"),
        ("external_fit = 2", "title in another version, under several names"),
        other="similar title",
    ),
    _comparison(
        "external_known",
        "what the catalogue says of a candidate that outside sources name, or do not",
        ("external_best = 0", "nobody named"),
        (
            "external_fit = 0 and title_n > 0",
            "not named, though the candidate has the title in the catalogue",
        ),
        ("external_fit = 0", "not named"),
        ("title_n > 0", "named, and has the title in the catalogue"),
        (
            "title_artists > 0 and label_n > 0",
            "named and on the label, the catalogue has the title by others",
        ),
        ("title_artists > 0", "named, but the catalogue has the title by others"),
        ("label_n > 0", "named, and on the label"),
        ("set_n > 0 or is_dj", "named, and in the set or its DJ"),
        (
            "artist_n > 0 and (dj_n > 0 or co_rank is not null)",
            "named, and played by the DJ or beside this set's artists",
        ),
        ("artist_n > 0", "named, and in the catalogue with other titles"),
        other="named, and new to the catalogue",
    ),
    _comparison(
        "label",
        "the candidate's share of the label's plays",
        ("not has_label", "label unknown"),
        ("label_plays = 0", "label not in the catalogue"),
        ("label_n = 0", "candidate not on the label"),
        ("label_n >= 0.5 * label_plays and label_plays >= 4", "half or more"),
        ("label_n >= 0.5 * label_plays", "half or more of very few"),
        ("label_n >= 0.25 * label_plays", "a quarter or more"),
        ("label_n >= 0.12 * label_plays", "an eighth or more"),
        ("label_n >= 0.06 * label_plays", "a sixteenth or more"),
        ("label_n >= 0.03 * label_plays", "3 % or more"),
        ("label_n >= 0.015 * label_plays", "1.5 % or more"),
        other="less",
    ),
    _comparison(
        "label_name",
        "a label that bears the candidate's own name",
        ("is_label_name and is_dj", "the label bears the DJ's name, who is the candidate"),
        ("is_label_name and label_n > 0", "the label bears the candidate's name, who is on it"),
        ("is_label_name", "the label bears the candidate's name"),
        other="no",
    ),
    _comparison(
        "related_label",
        "the candidate's share of plays on labels whose names begin alike (sub-labels, series)",
        ("label_n > 0", "candidate is on the label itself"),
        ("relative_n >= 0.25 * relative_plays and relative_n > 0", "a quarter or more"),
        ("relative_n >= 0.06 * relative_plays and relative_n > 0", "a sixteenth or more"),
        ("relative_n > 0", "less"),
        other="none",
    ),
    _comparison(
        "own_label",
        "the label's share of the candidate's plays",
        ("label_n = 0", "none"),
        ("label_n >= 0.7 * artist_n and artist_n >= 3", "70 % or more"),
        ("label_n >= 0.4 * artist_n and artist_n >= 3", "40 % or more"),
        ("label_n >= 0.15 * artist_n and artist_n >= 3", "15 % or more"),
        ("artist_n >= 3", "less than 15 %"),
        other="candidate has fewer than three plays",
    ),
    _comparison(
        "label_time",
        "months between this set and the candidate's nearest play on the label",
        ("label_n = 0", "not on the label"),
        ("label_gap is null", "set undated"),
        ("label_gap <= 1", "one at most"),
        ("label_gap <= 3", "two or three"),
        ("label_gap <= 6", "up to six"),
        ("label_gap <= 12", "up to twelve"),
        ("label_gap <= 24", "up to two years"),
        ("label_gap <= 48", "up to four years"),
        ("label_gap <= 84", "up to seven years"),
        other="more",
    ),
    _comparison(
        "catalogue_number",
        "the candidate on another track of the same catalogue number",
        ("number_n > 0", "yes"),
        ("not has_number", "number unknown"),
        other="no",
    ),
    _comparison(
        "dj",
        "whether the DJ is the candidate, else how often the DJ played the candidate in other sets",
        (
            "is_dj and set_n >= 3 and label_n > 0",
            "dj_is_candidate, three times or more in this set, and on the label",
        ),
        ("is_dj and set_n >= 3", "dj_is_candidate, three times or more in this set"),
        ("is_dj and set_n > 0 and label_n > 0", "dj_is_candidate, in this set, and on the label"),
        ("is_dj and label_n > 0", "dj_is_candidate, and on the label"),
        ("is_dj and set_n > 0", "dj_is_candidate, in this set"),
        ("is_dj and self_plays >= 5", "dj_is_candidate, plays own tracks often elsewhere"),
        ("is_dj and self_plays > 0", "dj_is_candidate, plays own tracks elsewhere"),
        ("is_dj", "dj_is_candidate, not seen playing own tracks"),
        ("dj_n = 0", "never"),
        ("dj_n = 1", "once"),
        ("dj_n <= 3", "two or three times"),
        ("dj_n <= 8", "four to eight times"),
        other="nine times or more",
    ),
    _comparison(
        "adjacency",
        "artist_played_before / artist_played_after: the candidate on other lines of the set",
        ("is_dj", "is the DJ (see dj)"),
        ("gap_before = 1 and gap_after = 1", "artist_played_before and artist_played_after"),
        ("gap_before = 1", "artist_played_before"),
        ("gap_after = 1", "artist_played_after"),
        ("gap = 0", "at the same position"),
        ("gap = 2", "two lines away"),
        ("set_n >= 3 and label_n > 0", "three times or more in the set, and on the label"),
        ("set_n >= 3", "three times or more in the set"),
        ("set_n > 0 and label_n > 0", "in the set, and on the label"),
        ("set_n = 2", "twice in the set"),
        ("set_n = 1", "once in the set"),
        other="not in the set",
    ),
    _comparison(
        "same_set",
        "other lines of the set by the candidate with this line's title or label",
        ("set_title_n > 0 and set_label_n > 0", "the same title and label"),
        ("set_title_n > 0 and has_label", "the same title, on other labels"),
        ("set_title_n > 0", "the same title, label unknown"),
        ("set_root_n > 0", "a similar title"),
        ("set_label_n >= 3", "the same label, three times or more"),
        ("set_label_n = 2", "the same label, twice"),
        ("set_label_n = 1 and gap = 1", "the same label, on a line beside"),
        ("set_label_n = 1", "the same label"),
        ("set_n > 0 and has_label", "in the set, on other labels"),
        other="not in the set, or label unknown",
    ),
    _comparison(
        "co_occurrence",
        "the candidate's rank among artists that share other sets with this set's artists",
        ("co_rank <= 1", "first"),
        ("co_rank <= 3", "second or third"),
        ("co_rank <= 8", "up to eighth"),
        ("co_rank <= 20", "up to twentieth"),
        ("co_rank <= 40", "up to fortieth"),
        ("co_rank > 40", "later"),
        other="not among them",
    ),
    _comparison(
        "co_strength",
        "how much the candidate shares other sets with this set's artists",
        ("co_score > 0.5", "above 0.5"),
        ("co_score > 0.3", "above 0.3"),
        ("co_score > 0.2", "above 0.2"),
        ("co_score > 0.12", "above 0.12"),
        ("co_score > 0.07", "above 0.07"),
        ("co_score > 0.035", "above 0.035"),
        ("co_score > 0.015", "above 0.015"),
        ("co_score > 0.000001", "less"),
        ("artist_n >= 8", "nothing, of eight plays or more"),
        ("artist_n >= 3", "nothing, of three plays or more"),
        other="nothing, of two plays or fewer",
    ),
    _comparison(
        "genre",
        "the candidate's plays in other sets of this set's genres",
        ("not has_genre", "set without a genre"),
        ("genre_n = 0 and artist_n >= 8", "none of eight or more"),
        ("genre_n = 0 and artist_n >= 3", "none of three or more"),
        ("genre_n = 0 and artist_n > 0", "none of one or two"),
        ("artist_n < 3", "of one or two, or candidate in no other set"),
        ("genre_n >= 0.8 * artist_n", "80 % or more"),
        ("genre_n >= 0.5 * artist_n", "half or more"),
        ("genre_n >= 0.2 * artist_n", "a fifth or more"),
        other="less",
    ),
    _comparison(
        "popularity",
        "plays of the candidate in other sets",
        ("artist_n = 0", "none"),
        ("artist_n = 1", "one"),
        ("artist_n <= 3", "two or three"),
        ("artist_n <= 8", "up to eight"),
        ("artist_n <= 20", "up to twenty"),
        ("artist_n <= 50", "up to fifty"),
        other="more",
    ),
    _comparison(
        "remixer",
        "the version's remixer and the candidate",
        ("is_remixer", "candidate is the remixer"),
        ("remixer_n >= 3", "remixed three times or more elsewhere"),
        ("remixer_n > 0", "remixed elsewhere"),
        ("has_version", "remixer not known to have remixed the candidate"),
        other="no remixer",
    ),
    _comparison(
        "era",
        "the set's year and the candidate's years",
        ("set_year is null or last_year is null", "unknown"),
        ("set_year - last_year > 4", "more than four years after the latest play"),
        ("set_year - last_year > 1", "two to four years after"),
        ("set_year - last_year >= -1", "about the time of the latest play"),
        ("set_year < first_year - 4", "more than four years before the first play"),
        ("set_year < first_year", "before the first play"),
        other="between first and latest play",
    ),
    _comparison(
        "artist_time",
        "months between this set and the candidate's nearest play of any title",
        ("artist_gap is null", "none, or undated"),
        ("artist_gap <= 1", "one at most"),
        ("artist_gap <= 3", "two or three"),
        ("artist_gap <= 6", "up to six"),
        ("artist_gap <= 12", "up to twelve"),
        ("artist_gap <= 24", "up to two years"),
        other="more",
    ),
    _comparison(
        "neighbour_label",
        "label_match_before / label_match_after: labels of the lines around, with the candidate on their roster",
        ("neighbour_labels >= 2", "two or more"),
        ("neighbour_labels = 1", "one"),
        other="none",
    ),
    _comparison(
        "familiarity",
        "share of the set's other lines whose artist the catalogue knows (the same for all candidates)",
        ("known_share is null", "no other line"),
        ("known_share >= 0.95", "95 % or more"),
        ("known_share >= 0.85", "85 % or more"),
        ("known_share >= 0.7", "70 % or more"),
        ("known_share >= 0.5", "half or more"),
        other="less than half",
    ),
    _comparison(
        "visibility",
        "what is known of the track (the same for all candidates)",
        ("has_title and has_label", "title and label"),
        ("has_title", "title"),
        ("has_label", "label"),
        other="neither",
    ),
)

# What set, DJ and style say weighs differently for those who have the title.
_TOLD_APART = frozenset(
    {
        "adjacency", "co_occurrence", "co_strength", "dj", "era", "familiarity", "genre", "popularity", "remixer",
        "same_set",
    }
)  # fmt: skip
COMPARISONS: tuple[Comparison, ...] = tuple(
    _told_apart(comparison) if comparison.name in _TOLD_APART else comparison
    for comparison in PLAIN_COMPARISONS
)

# Columns of a proposal the conditions above may name; each becomes a column of splink's left table.
PROPOSAL_COLUMNS: tuple[str, ...] = (
    "has_title", "title_length", "has_version", "has_label", "has_number", "set_year", "title_n", "version_n",
    "title_labelled_n", "title_gap", "root_gap",
    "title_label_n", "version_label_n", "title_artists", "title_plays", "version_artists", "title_label_artists",
    "root_n", "root_label_n", "root_artists", "label_n", "label_gap", "artist_gap", "title_support", "label_plays", "label_artists", "number_n", "dj_n", "is_dj", "self_plays", "set_n", "set_label_n", "set_title_n", "set_root_n", "relative_n", "relative_plays", "is_label_name",
    "gap", "gap_before", "gap_after", "remixer_n", "is_remixer", "co_score", "co_rank", "has_genre", "genre_n", "neighbour_labels", "artist_n",
    "artist_sets", "first_year", "last_year", "known_share", "has_external", "external_best", "external_fit",
    "external_rivals", "external_sources",
)  # fmt: skip
