"""Pages into tracks: pages as they are, and pages broken in every way a shop has broken them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_pipeline.sources.web.pages import (
    LARGEST_PAGE,
    FoundTrack,
    has_data_block,
    is_challenge,
    read_results,
    read_track_page,
)
from enrichment_pipeline.sources.web.site import Site
from enrichment_pipeline.sources.web.sites import BANDCAMP, BEATPORT, JUNO, SITES, TRAXSOURCE
from enrichment_pipeline_tests.sources.web_pages import shop_pages as pages


def tracks_of(site: Site, page: str, address: str = "https://shop.example") -> tuple[FoundTrack, ...]:
    read = read_results(site, page.encode(), address)
    assert read.problem is None
    return read.tracks


def problem_of(site: Site, page: str) -> str | None:
    return read_results(site, page.encode(), "https://shop.example").problem


def test_beatport() -> None:
    item = pages.beatport_item(mix="Zoë Brannock Remix", remixers=("Zoë Brannock",))
    assert tracks_of(BEATPORT, pages.beatport(item)) == (
        FoundTrack(
            title="Lantern Ferry",
            artists=("DJ Pellworm",),
            mix="Zoë Brannock Remix",
            remixers=("Zoë Brannock",),
            label="Harbourlight",
            release_date=date(2015, 3, 9),
            catalogue_number="HBL026",
            url="https://shop.example/track/-/41",
            isrc="QZTST1500041",
            duration_seconds=372.0,
            track_id="41",
        ),
    )


def test_beatport_reads_the_names_of_its_partner_api_too() -> None:
    item = {
        "id": 42,
        "name": "Margin Notes",
        "mix_name": "Original Mix",
        "artists": [{"name": "Zoë Brannock"}, {"name": "Quillon Sabre"}],
        "release": {"label": {"name": "Tin Owl"}},
        "length_ms": 61_500,
        "new_release_date": "2018-10-01",
    }
    (track,) = tracks_of(BEATPORT, pages.beatport(item))
    assert track.artists == ("Zoë Brannock", "Quillon Sabre")
    assert (track.label, track.release_date, track.duration_seconds) == (
        "Tin Owl",
        date(2018, 10, 1),
        61.5,
    )


@pytest.mark.parametrize(
    ("release", "is_compilation"),
    [
        ("Lantern Ferry EP", False),
        ("Best Of Lantern Ferry", False),
        ("Harbourlight Sampler 4", True),
        ("Best Of Harbourlight 2015", True),
        ("Top 100 Deep Tracks", True),
        ("Ninth Pier, mixed by Mira Vole", True),
        ("Sampled", False),
        ("Quay", False),
    ],
)
def test_a_compilation_is_known_by_its_name(release: str, is_compilation: bool) -> None:
    """What it says of a label is who printed the track again."""
    item = pages.beatport_item(release={"release_id": 8, "release_name": release})
    (track,) = tracks_of(BEATPORT, pages.beatport(item))
    assert track.is_on_compilation is is_compilation


@pytest.mark.parametrize(
    ("title", "mix", "remixers", "version"),
    [
        ("Opus", "Remix", ("Quillon Sabre",), "Quillon Sabre Remix"),
        (
            "Opus",
            "Extended Remix",
            ("Quillon Sabre", "Mira Vole"),
            "Quillon Sabre & Mira Vole Extended Remix",
        ),
        ("Opus", "Quillon Sabre Remix", ("Quillon Sabre",), "Quillon Sabre Remix"),
        ("Opus (QUILLON SABRE Remix)", "Remix", ("Quillon Sabre",), "Remix"),
        ("Opus", "Extended Mix", ("Quillon Sabre",), "Extended Mix"),
        ("Opus", "Remix", (), "Remix"),
        ("Opus", None, ("Quillon Sabre",), None),
    ],
)
def test_a_remix_without_a_name_takes_that_of_its_remixer(
    title: str, mix: str | None, remixers: tuple[str, ...], version: str | None
) -> None:
    assert FoundTrack(title, ("Mira Vole",), mix, remixers).version == version


@pytest.mark.parametrize("around", ["search-list-cont", "something-new"])
def test_traxsource_rows_whatever_they_stand_in(around: str) -> None:
    page = pages.traxsource(
        pages.traxsource_row(version="Quillon Sabre Remix", artists=("DJ Pellworm", "Ida & Merle")),
        around=around,
    )
    assert tracks_of(TRAXSOURCE, page) == (
        FoundTrack(
            title="Lantern Ferry",
            artists=("DJ Pellworm", "Ida & Merle"),
            mix="Quillon Sabre Remix",
            label="Harbourlight",
            release_date=date(2015, 3, 9),
            url="https://shop.example/track/51/lantern-ferry",
            duration_seconds=372.0,
            track_id="51",
        ),
    )


def test_juno_tracks_of_a_release() -> None:
    item = pages.juno_item(tracks=("Lantern Ferry - (6:12)", "Low Water Mark (Quillon Sabre remix) - (7:01)"))
    first, second = tracks_of(JUNO, pages.juno(item))
    assert first == FoundTrack(
        title="Lantern Ferry",
        artists=("DJ PELLWORM",),
        label="Harbourlight",
        release_date=date(2015, 3, 9),
        catalogue_number="HBL 026",
        url="https://shop.example/products/lantern-ferry-ep/61-02/",
        duration_seconds=372.0,
    )
    assert second.title == "Low Water Mark (Quillon Sabre remix)"


def test_juno_compilation_and_missing_number() -> None:
    item = pages.juno_item(
        artist="VARIOUS",
        lines=("1 Feb 15", "Techno"),
        tracks=('Mira Vole - "Semi - Tide" - (5:00)', 'Zoë Brannock - "Margin &quot;Notes&quot;" - (6:00)'),
    )
    first, second = tracks_of(JUNO, pages.juno(item))
    assert (first.artists, first.title, first.is_on_compilation) == (("Mira Vole",), "Semi - Tide", True)
    assert (second.artists, second.title) == (("Zoë Brannock",), 'Margin "Notes"')
    assert (first.catalogue_number, first.release_date) == (None, date(2015, 2, 1))


def test_juno_release_without_a_list_is_one_track() -> None:
    (track,) = tracks_of(JUNO, pages.juno(pages.juno_item(title="Lantern Ferry", tracks=())))
    assert (track.title, track.artists, track.label) == ("Lantern Ferry", ("DJ PELLWORM",), "Harbourlight")


def test_bandcamp_search_takes_tracks_only() -> None:
    page = pages.bandcamp(pages.bandcamp_result(), pages.bandcamp_result(72, type="a"))
    assert tracks_of(BANDCAMP, page) == (
        FoundTrack(
            title="Lantern Ferry",
            artists=("DJ Pellworm",),
            url="https://harbourlight.bandcamp.com/track/lantern-ferry",
            track_id="71",
        ),
    )


def test_bandcamp_page_adds_to_what_the_search_says() -> None:
    found = FoundTrack("Lantern Ferry", ("DJ Pellworm",), url="https://x.bandcamp.com/track/l", track_id="71")
    track, problem = read_track_page(BANDCAMP, pages.bandcamp_track().encode(), "https://x.example", found)
    assert problem is None
    assert (track.label, track.isrc, track.release_date) == ("Harbourlight", "QZTST1500041", date(2015, 3, 9))
    assert (track.duration_seconds, track.track_id, track.url) == (372.5, "71", found.url)


def test_bandcamp_page_of_the_artists_own_account() -> None:
    page = pages.bandcamp_track(account="Mira Vole", artist=None, isrc=None)
    track, problem = read_track_page(BANDCAMP, page.encode(), "", FoundTrack("Lantern Ferry", ("M. Vole",)))
    assert (track.artists, track.label, track.isrc, problem) == (("Mira Vole",), "Mira Vole", None, None)


def test_a_page_of_a_track_without_publisher_says_which_selector_failed() -> None:
    found = FoundTrack("Lantern Ferry", ("DJ Pellworm",))
    track, problem = read_track_page(BANDCAMP, b"<html><body>new shop</body></html>", "", found)
    assert track == found
    assert problem == "'publisher.name' or 'name' (label) found nothing on the page of a track"


def test_only_sites_with_track_pages_read_them() -> None:
    with pytest.raises(ValueError, match="traxsource has no track pages"):
        read_track_page(TRAXSOURCE, b"", "", FoundTrack("Lantern Ferry", ()))


EMPTY = [
    (BEATPORT, pages.beatport()),
    (TRAXSOURCE, pages.traxsource()),
    (JUNO, pages.juno()),
    (BANDCAMP, pages.bandcamp()),
]


@pytest.mark.parametrize(("site", "page"), EMPTY, ids=[site.name for site, _ in EMPTY])
def test_an_empty_list_is_an_answer(site: Site, page: str) -> None:
    read = read_results(site, page.encode(), "")
    assert (read.tracks, read.rows, read.problem) == ((), 0, None)


FULL = [
    (BEATPORT, pages.beatport(pages.beatport_item(), pages.beatport_item(2))),
    (TRAXSOURCE, pages.traxsource(pages.traxsource_row(), pages.traxsource_row(2))),
    (JUNO, pages.juno(pages.juno_item(), pages.juno_item())),
    (BANDCAMP, pages.bandcamp(pages.bandcamp_result(), pages.bandcamp_result(2))),
]

# What is broken -> what is said of it; None where the rest of the page is still an answer.
BROKEN: list[tuple[str, Site, str, str | None, int]] = [
    ("data under another name", BEATPORT, pages.next_data({"songs": {"data": []}}), "'tracks.data' found no list in 'script#__NEXT_DATA__'", 0),
    ("list became an object", BEATPORT, pages.next_data({"tracks": {"data": {"0": {}}}}), "'tracks.data' found no list in 'script#__NEXT_DATA__'", 0),
    ("script cut in two", BEATPORT, pages.next_data('{"tracks": {"data": [{"tra'), "'script#__NEXT_DATA__' holds something that is no JSON", 0),
    ("script nested without end", BEATPORT, pages.next_data("[" * 100_000), "'script#__NEXT_DATA__' holds something that is no JSON", 0),
    ("script empty", BEATPORT, pages.next_data(""), "'script#__NEXT_DATA__' holds something that is no JSON", 0),
    ("no script", BEATPORT, "<html><body>hello</body></html>", "'script#__NEXT_DATA__' found nothing", 0),
    ("tracks of another shape", BEATPORT, pages.beatport({"attributes": {}}), "'track_name' or 'name' (title) found nothing in 1 results", 0),
    ("tracks are words", BEATPORT, pages.next_data({"tracks": {"data": ["a", 1, None]}}), "'track_name' or 'name' (title) found nothing in 3 results", 0),
    ("artists moved", BEATPORT, pages.beatport(pages.beatport_item(artists=())), "'artists[artist_type_name=Artist].artist_name' or 'artists.artist_name' or 'artists.name' (artists) found nothing in 1 results", 0),
    ("labels moved", BEATPORT, pages.beatport(*[pages.beatport_item(n, label=None) for n in range(3)]), "'label.label_name' or 'release.label.name' (label) found nothing in 3 results", 3),
    ("one label missing", BEATPORT, pages.beatport(pages.beatport_item(label=None), pages.beatport_item(2)), None, 2),
    ("numbers for names", BEATPORT, pages.beatport(pages.beatport_item(title=7)), None, 1),  # type: ignore[arg-type]
    ("a day that is none", BEATPORT, pages.beatport(pages.beatport_item(release_date="soon")), None, 1),
    ("title cells renamed", TRAXSOURCE, pages.traxsource(pages.traxsource_row()).replace("trk-cell title", "t-title"), "'.trk-cell.title a' or '.trk-cell.title' (title) found nothing in 1 results", 0),
    ("label cells renamed", TRAXSOURCE, pages.traxsource(*[pages.traxsource_row(n) for n in range(3)]).replace("trk-cell label", "imprint"), "'.trk-cell.label a' or '.trk-cell.label' (label) found nothing in 3 results", 3),
    ("links gone", TRAXSOURCE, pages.traxsource(pages.traxsource_row()).replace("<a ", "<b ").replace("</a>", "</b>"), None, 1),
    ("tags never closed", TRAXSOURCE, pages.traxsource(pages.traxsource_row()).replace("</div>", "").replace("</span>", ""), None, 1),
    ("rows renamed", TRAXSOURCE, pages.traxsource(pages.traxsource_row()).replace("trk-row", "row"), None, 0),
    ("empty body", TRAXSOURCE, "", None, 0),
    ("a word for a page", TRAXSOURCE, "maintenance", None, 0),
    ("an address for a page", TRAXSOURCE, "https://shop.example/x.html", None, 0),
    ("XML header", TRAXSOURCE, '<?xml version="1.0"?>' + pages.traxsource(pages.traxsource_row()), None, 1),
    ("5,000 boxes deep", TRAXSOURCE, "<div>" * 5_000 + pages.traxsource_row(), None, 1),
    ("titles gone", JUNO, pages.juno(pages.juno_item(title="", tracks=())), "'(title)", 0),
    ("artists gone", JUNO, pages.juno(pages.juno_item(artist="")), "(artists) found nothing in 1 results", 0),
    ("answer under another name", BANDCAMP, '{"results": []}', "'auto.results[type=t]' found no list in the answer", 0),
    ("an error for an answer", BANDCAMP, '{"error": true, "auto": null}', "'auto.results[type=t]' found no list in the answer", 0),
    ("a list for an answer", BANDCAMP, "[1, 2]", "'auto.results[type=t]' found no list in the answer", 0),
    ("HTML for an answer", BANDCAMP, "<html></html>", "'auto.results[type=t]' found no list in the answer", 0),
    ("half an answer", BANDCAMP, '{"auto": {"results": [', "'auto.results[type=t]' found no list in the answer", 0),
    ("names moved", BANDCAMP, '{"auto": {"results": [{"type": "t", "title": "x"}]}}', "'name' (title) found nothing in 1 results", 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("site", "page", "problem", "tracks"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_broken_pages(site: Site, page: str, problem: str | None, tracks: int) -> None:
    """Nothing raises, and what is not there is named, so that it is never taken for an empty list."""
    read = read_results(site, page.encode(), "https://shop.example")
    assert len(read.tracks) == tracks
    if problem is None:
        assert read.problem is None
    else:
        assert read.problem is not None
        assert problem.removeprefix("'(") in read.problem


def test_a_result_that_swallows_the_next_does_not_take_its_label() -> None:
    first = (
        pages.traxsource_row(1, "Low Water Mark").replace("trk-cell label", "torn").rpartition("</div>")[0]
    )
    (track,) = tracks_of(TRAXSOURCE, pages.traxsource(first, pages.traxsource_row(2, "Margin Notes")))
    assert track.title == "Margin Notes"


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_a_page_too_large_is_not_taken_apart(site: Site) -> None:
    page = b"<b>x</b>" * (LARGEST_PAGE // 8 + 1)
    assert read_results(site, page, "").problem == "a page of 4 MB is not read"
    assert has_data_block(site, page)
    if site.detail is not None:
        assert read_track_page(site, page, "", FoundTrack("", ()))[1] == "a page of 4 MB is not read"


@given(st.data(), st.sampled_from(FULL))
def test_a_page_cut_anywhere_is_read_or_named(data: st.DataObject, full: tuple[Site, str]) -> None:
    """Nothing raises, and what counts as a track has a title and an artist."""
    site, page = full
    start = data.draw(st.integers(0, len(page)))
    end = data.draw(st.integers(start, len(page)))
    put_in = data.draw(st.sampled_from(["", "<", ">", '"', "}", "]", "\x00", "</script>", "<div>"]))
    read = read_results(site, (page[:start] + put_in + page[end:]).encode(), "https://shop.example")
    for track in read.tracks:
        assert track.title
        assert track.artists


def test_bytes_that_are_no_text_are_read_as_far_as_they_are() -> None:
    page = (
        pages.traxsource(pages.traxsource_row(title="Lantern Ferry"))
        .encode()
        .replace(b"Ferry<", b"Ferry\xff<")
    )
    (track,) = read_results(TRAXSOURCE, page, "").tracks
    assert track.title == "Lantern Ferry\ufffd"


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "http://[half", "mailto:x@example.org", "", "data:text/html,x"]
)
def test_links_that_are_no_web_address_are_dropped(link: str) -> None:
    page = pages.bandcamp(pages.bandcamp_result(url=link))
    (track,) = tracks_of(BANDCAMP, page)
    assert track.url is None


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_a_bot_check_is_known(site: Site) -> None:
    assert is_challenge(site, pages.CHALLENGE.encode())


@pytest.mark.parametrize(("site", "page"), EMPTY, ids=[site.name for site, _ in EMPTY])
def test_an_ordinary_page_is_no_bot_check(site: Site, page: str) -> None:
    """The guard puts a script of its own on ordinary pages as well."""
    guarded = page.replace(
        "</body>", '<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script></body>'
    )
    assert not is_challenge(site, guarded.encode())
    assert has_data_block(site, guarded.encode())


def test_the_data_block_is_missed() -> None:
    assert not has_data_block(BEATPORT, b"<html><body><div id=app></div></body></html>")
