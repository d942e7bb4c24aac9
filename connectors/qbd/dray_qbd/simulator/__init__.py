"""A pretend QuickBooks Desktop and a pretend Web Connector, for tests, demonstrations and developers."""

from dray_qbd.simulator.company import Company, Settings
from dray_qbd.simulator.faults import Faults
from dray_qbd.simulator.http_transport import HttpTransport
from dray_qbd.simulator.quickbooks import ConnectionRefused, ProcessRequestError, QuickBooks
from dray_qbd.simulator.qwc import AddRefused, Qwc
from dray_qbd.simulator.transports import Transport, WsgiTransport
from dray_qbd.simulator.webconnector import Habits, RunReport, WebConnector

__all__ = [
    "AddRefused",
    "Company",
    "ConnectionRefused",
    "Faults",
    "Habits",
    "HttpTransport",
    "ProcessRequestError",
    "QuickBooks",
    "Qwc",
    "RunReport",
    "Settings",
    "Transport",
    "WebConnector",
    "WsgiTransport",
]
