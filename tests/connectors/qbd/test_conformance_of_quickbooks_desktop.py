"""QuickBooks Desktop keeps the rules of the interface, as any other connector must."""

from __future__ import annotations

from dray_qbd import connector
from dray_sdk.testing import Conformance


class TestQuickBooksDesktop(Conformance):
    connector = connector
