"""Who made an unknown track: evidence, splink model, training, posterior, evaluation."""
