"""What an offboarding puts on record before it changes it: conversations, duty, and what an inbox was like."""
