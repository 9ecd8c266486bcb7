"""What comes in from Slack: listened for, checked for who is calling, handed to a handler."""
