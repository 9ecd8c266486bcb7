"""The panels behind the scenes: faults, the simulated Help Scout, the record, the tour."""
