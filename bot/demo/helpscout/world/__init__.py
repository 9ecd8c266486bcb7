"""The state of the simulated account: people, conversations, how it behaves."""
