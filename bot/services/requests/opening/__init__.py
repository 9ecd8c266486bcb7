"""A request is asked for: what speaks against it, and the row, its audit line and its card in one transaction."""
