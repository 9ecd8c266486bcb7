"""What an offboarding keeps of what it changes."""
