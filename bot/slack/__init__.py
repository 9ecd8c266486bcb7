"""Slack: listeners that parse, call a service and render; what Slack is owed; who is who in the workspace."""
