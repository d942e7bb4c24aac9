"""The pages of a tenant's people. Server-rendered; every page works without script, which adds only comfort."""

from __future__ import annotations

from dray.web.registration import register

__all__ = ["register"]
