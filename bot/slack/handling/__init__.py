"""What a handler works with: the payload, who is calling, the services, and ways to answer."""
