"""Who works here, as Slack, a CSV, Okta, Entra ID, Google Workspace or the gate tell: one port, a filling for each.

A source is read whole or discarded: half a list would make orphans of the other half. Nothing here writes anywhere.
"""
