"""Pages of what invoices name: customers, items, the rate card."""
