"""Rules about people: who is who, who may do anything, what changed between two readings."""
