"""QuickBooks Desktop: the Web Connector's SOAP, qbXML, the .qwc file, and a pretend QuickBooks to try them on."""

from dray_qbd.connector import connector

__all__ = ["connector"]
