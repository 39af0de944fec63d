"""Tables as Parquet files: their definitions, reading, writing, publishing."""
