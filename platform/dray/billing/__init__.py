"""Customers, items and invoices; the document that is frozen when an invoice is sent; the posting and its states."""
