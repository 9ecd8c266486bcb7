"""hs-bot: a Slack bot for the people who run a Help Scout account.

Rooms, from the ground up: `model` (values), `policy` (pure rules), `store` (the record) and `helpscout` (the two APIs),
`services` (use cases), `slack` (listeners and views), `wiring`, `cli`, `demo`. A room imports only rooms below it.
"""

__version__ = "0.2.0"
