"""Many at once: the card of a batch, and lists of seats."""
