"""When connections usually call, when they are expected next, and what it means that one does not."""
