"""What the bot does, without Slack and without SQL: sync, directory, approvals, execution, reports."""
