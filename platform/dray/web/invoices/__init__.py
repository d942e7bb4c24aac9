"""Pages of invoices: finding them, writing them, sending them and taking them back."""
