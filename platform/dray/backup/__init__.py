"""Backup and restore: everything in the database as one archive that either engine can read."""
