"""A local server that speaks all outside protocols over a catalogue built at test time."""

from enrichment_pipeline_tests.sources.web.catalogue import EVERYWHERE, NO_LABEL, Catalogue, SimulatedTrack
from enrichment_pipeline_tests.sources.web.faults import Fault, Faults
from enrichment_pipeline_tests.sources.web.server import SeenRequest, SimulatedWeb

__all__ = [
    "EVERYWHERE",
    "NO_LABEL",
    "Catalogue",
    "Fault",
    "Faults",
    "SeenRequest",
    "SimulatedTrack",
    "SimulatedWeb",
]
