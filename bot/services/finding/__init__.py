"""Finding people: everybody in memory, by exact key, by beginning and by likeness."""
