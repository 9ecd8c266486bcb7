"""When work is done: by which thread, in which order, how often, and what waits for a pause."""
