"""The wires: HTTP and Socket Mode, up to a body whose signature has been checked."""
