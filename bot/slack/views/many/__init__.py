"""Many at once: the card of a batch."""
