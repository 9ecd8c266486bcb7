"""Slack's Web API, and who is who in the workspace."""
