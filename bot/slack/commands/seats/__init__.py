"""Seats beside the findings: who was deactivated, which look dormant, cost by group, HR's leavers answered."""
