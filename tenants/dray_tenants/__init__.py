"""Tenants, their people and roles, the credential vault, the audit, and the scope that keeps tenants apart.

Importing `dray_tenants.models` gives `Base.metadata` every table of this package.
"""
