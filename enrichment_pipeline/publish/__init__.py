"""What leaves the pipeline: one enriched row per play, made of everything the layers before found."""
