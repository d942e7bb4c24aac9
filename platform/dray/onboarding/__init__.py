"""The room for bringing books to life: set-ups and their one-time links, what calls were seen, staff's access."""
