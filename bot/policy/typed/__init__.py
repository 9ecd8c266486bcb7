"""What people type, read: names, times, options, addresses as pasted."""
