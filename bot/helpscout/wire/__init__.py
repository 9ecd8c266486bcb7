"""One HTTP request and its answer, and lists of many pages."""
