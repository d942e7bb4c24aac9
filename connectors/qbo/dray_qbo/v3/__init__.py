"""QuickBooks Online's REST interface, version 3: its JSON, its faults, its query language. Pure."""
