"""What goes out to Slack: cards, messages, files, and private answers."""
