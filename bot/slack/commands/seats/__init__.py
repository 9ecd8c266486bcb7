"""Seats beside the findings: who was deactivated, left as it is, or looks dormant, cost by group, HR's leavers."""
