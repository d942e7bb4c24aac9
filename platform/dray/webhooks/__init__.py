"""Outgoing webhooks, by the Standard Webhooks specification: events of invoices, signed, tried again, and kept."""
