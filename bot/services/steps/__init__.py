"""What carrying out is made of: steps, their journal, and calls that have their effect once."""
