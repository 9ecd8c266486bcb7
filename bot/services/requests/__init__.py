"""The inside of the approval engine: opening, clicking, and what everybody is owed about it."""
