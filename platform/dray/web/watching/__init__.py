"""Pages by which people watch what becomes of their invoices, and are told of it elsewhere."""
