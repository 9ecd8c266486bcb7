"""The slash commands: one file a command or sub-command, each a `Command` or `SubCommand` for the routing table."""
