"""Files that people bring by page: stored in pieces, read, judged, shown, and only then kept.

Nothing of a file is an invoice or a customer before somebody has seen what it would do and pressed Import. Each step
works in short transactions and remembers where it is, so that a process that dies loses nothing and repeats nothing.
"""
