"""Our mark in the books: a GUID in ExternalGUID, which QuickBooks keeps and shows nobody."""

from __future__ import annotations

from lxml import etree

from dray_qbd.qbxml import reader


def braced(mark: str | None) -> str | None:
    """The mark as ExternalGUID holds it."""
    return f"{{{mark.strip().strip('{}')}}}" if mark else None


def contradicts(mark: str | None, ret: etree._Element) -> bool:
    """Whether `ret` carries a mark that is not ours. One without any does not contradict."""
    found = reader.guid(ret.findtext("ExternalGUID"))
    return bool(mark and found and found != reader.guid(mark))
