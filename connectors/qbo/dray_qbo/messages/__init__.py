"""What is said to QuickBooks Online and what its answers mean, one subject a file. Pure."""
