"""Rules of a request: who may open and decide it, what was approved, whether it may still run."""
