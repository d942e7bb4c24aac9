"""Carrying postings into the books: what waits, exchanges, batches with stable keys, answers, and what is in doubt."""
