"""Mail: written in the transaction of its cause, sent afterwards."""
