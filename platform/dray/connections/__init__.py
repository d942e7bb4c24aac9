"""A tenant's connections to books: making them, who may call in, what is known of the books, when work is due."""
