"""Forms as Block Kit, from values of the domain."""
