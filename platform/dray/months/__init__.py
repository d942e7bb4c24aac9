"""Closing a month: what was billed here, what the books have of it, and every exception by name."""
