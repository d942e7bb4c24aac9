"""A pretend QuickBooks Desktop and a pretend Web Connector, for tests, demonstrations and developers."""
