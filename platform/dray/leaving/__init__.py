"""A company takes everything along, and leaves: its export, the time in which that is undone, and its deletion."""
