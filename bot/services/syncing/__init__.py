"""The inside of a sync: reading the account, telling what changed, and what is held back."""
