"""What identity providers want: kept beside what Help Scout shows, and brought about by the engine."""
