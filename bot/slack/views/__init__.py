"""Pure functions from values of the domain to Block Kit."""
