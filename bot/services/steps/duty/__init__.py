"""Who is on duty in Help Scout: read, taken out of it while they leave, and put back."""
