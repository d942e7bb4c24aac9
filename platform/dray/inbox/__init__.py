"""What needs a person: grouped by cause, put right or set aside many at a time."""
