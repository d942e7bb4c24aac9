"""Pages of the company itself: its settings, its closed days, its leaving."""
