"""Pages of connections to books: making them, their life, what stops them, and what is called what in there."""
