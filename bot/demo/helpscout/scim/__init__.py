"""SCIM 2.0 of the simulated Help Scout."""
