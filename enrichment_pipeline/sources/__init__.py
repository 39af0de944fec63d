"""Outside sources: one polite HTTP client, one module per source, and the look-ups that remember what was asked."""
