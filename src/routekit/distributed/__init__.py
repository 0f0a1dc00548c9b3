"""Batches beyond one machine, on an engine that is already there: Spark and Ray."""
