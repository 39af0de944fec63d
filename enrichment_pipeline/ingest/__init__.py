"""From the inbox to plays: reading each file once, naming what is rejected, cutting by month, tier 1.

Works on the lake and on the readers and grammar of `enrichment_pipeline.tracklists`; knows no Dagster.
"""
