"""How right the answers are: measures, baselines and reports on sets the catalogue does not know."""
