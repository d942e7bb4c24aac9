"""QuickBooks Online: Intuit's REST interface, webhooks, and a pretend QuickBooks to try them on."""

from dray_qbo.connector import connector

__all__ = ["connector"]
