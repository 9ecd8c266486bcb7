"""Pure rules: values in, values out; no I/O, no clock of their own, no randomness."""
