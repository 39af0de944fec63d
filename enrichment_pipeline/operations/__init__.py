"""How the pipeline is doing: measures over time, thresholds, the page that tells, and the text Prometheus reads."""
