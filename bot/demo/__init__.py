"""The demo: a simulated Help Scout, a simulated Slack workspace and a web page, with the real bot between them."""
