"""The audit log: its lines, how they are chained, and a walk over the chain."""
