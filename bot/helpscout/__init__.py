"""Help Scout over HTTP: REST v2, SCIM 2.0 and OAuth2 as typed calls with typed errors, within one rate budget.

Open `client.py` first: `HelpScout` puts the parts together. Facts about the API and its two readings stand next to the
code that copes with them; whatever a server may do differently is detected, never assumed.
"""
