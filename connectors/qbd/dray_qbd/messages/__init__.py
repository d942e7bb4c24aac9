"""What is said to QuickBooks about each subject, and what its answers mean. Pure."""
