"""What people do with their own way in, and admins with their people: each with its letter and its audit entry."""
