"""Ways of writing: which one a request goes, and what each step does on it. `port.py` says what a way is."""
