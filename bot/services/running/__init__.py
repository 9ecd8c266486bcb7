"""What runs by itself: timers, the leader, the runner of requests, and how all of it ends."""
