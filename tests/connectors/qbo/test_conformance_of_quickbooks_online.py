"""QuickBooks Online keeps the rules of the interface, as any other connector must."""

from __future__ import annotations

from dray_qbo import connector
from dray_sdk.testing import Conformance


class TestQuickBooksOnline(Conformance):
    connector = connector
