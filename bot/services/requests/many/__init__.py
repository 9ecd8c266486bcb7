"""Many at once: a batch of requests, asked for, decided and ended together."""
