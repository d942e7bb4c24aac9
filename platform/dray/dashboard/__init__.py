"""The figures of a tenant's overview: read from counts that are kept, never by counting invoices."""
