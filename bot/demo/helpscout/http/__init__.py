"""The simulated Help Scout's HTTP: answers, faults on order, the rate limit."""
