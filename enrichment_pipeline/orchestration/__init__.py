"""Everything else that knows Dagster: partitions, resources, jobs, checks, the instance."""
