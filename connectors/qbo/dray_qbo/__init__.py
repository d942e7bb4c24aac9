"""QuickBooks Online: its REST entities, batches, faults, change data and webhooks, and a pretend QuickBooks Online."""
