"""qbXML: the facts of its messages, writing and reading."""
