"""Alerts: who is told by mail that something needs them, once for each cause until it is over."""
