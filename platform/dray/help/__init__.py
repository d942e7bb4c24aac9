"""Articles of help, written in docs/help and served with the product."""
