"""Outside sources: one polite HTTP client and a module per source."""
