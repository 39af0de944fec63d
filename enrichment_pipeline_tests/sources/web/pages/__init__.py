"""The simulated shop pages: search and track pages of Beatport, Traxsource, Juno and Bandcamp.

Structure as the real pages have it, content of our own. Only what a reader of search and track pages meets.
"""

from enrichment_pipeline_tests.sources.web.pages.bandcamp import bandcamp_pages
from enrichment_pipeline_tests.sources.web.pages.beatport import beatport_pages
from enrichment_pipeline_tests.sources.web.pages.juno import juno_pages
from enrichment_pipeline_tests.sources.web.pages.traxsource import traxsource_pages

__all__ = ["bandcamp_pages", "beatport_pages", "juno_pages", "traxsource_pages"]
