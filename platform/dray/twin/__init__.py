"""The twin: a copy of what each set of books holds that matters for posting, and what it tells before Send."""
