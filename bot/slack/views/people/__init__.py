"""People and teams: one, several to choose from, and lists of them."""
