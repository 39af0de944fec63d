"""Which tables of outside evidence are heard: names of tables with the columns of `label_evidence`.

A source adds one line here; the decision then knows of it. How a source is asked stands in
`enrichment_pipeline.sources`.
"""

from __future__ import annotations

LABEL_EVIDENCE_SOURCES: tuple[str, ...] = ()
