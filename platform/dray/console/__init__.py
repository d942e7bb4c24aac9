"""The room for support staff: installing for customers, all connections at a glance, and what each error means."""

from __future__ import annotations

from dray.console.registration import register

__all__ = ["register"]
