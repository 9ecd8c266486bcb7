"""What each kind of request does, step by step."""
