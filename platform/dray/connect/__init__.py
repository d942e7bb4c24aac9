"""The room for whoever holds a set-up link: the pages that bring one computer's books to life, without a login."""

from __future__ import annotations

from dray.connect.registration import register

__all__ = ["register"]
