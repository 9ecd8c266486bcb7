"""Seats beside the findings: which look dormant, what they cost by group, and HR's list of leavers answered."""
