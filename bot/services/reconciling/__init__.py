"""Sources, record and Help Scout compared: reading, findings, what people said about them, the auditor's table."""
