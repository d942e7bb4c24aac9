"""Journal files for Dray."""

from journalfile.connector import connector

__all__ = ["connector"]
