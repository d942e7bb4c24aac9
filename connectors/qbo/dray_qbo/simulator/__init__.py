"""A pretend QuickBooks Online and the Intuit around it, for tests, demonstrations and developers."""

from dray_qbo.simulator.answers import Cut, Hung
from dray_qbo.simulator.application import application
from dray_qbo.simulator.command import simulate
from dray_qbo.simulator.company import Company, Settings
from dray_qbo.simulator.faults import Faults
from dray_qbo.simulator.grants import Rotation
from dray_qbo.simulator.intuit import App, Intuit
from dray_qbo.simulator.realm import Realm
from dray_qbo.simulator.refusals import Refusal
from dray_qbo.simulator.server import Server
from dray_qbo.simulator.session_adapter import WsgiAdapter
from dray_qbo.simulator.throttle import Limits
from dray_qbo.simulator.webhooks import Style

__all__ = [
    "App",
    "Company",
    "Cut",
    "Faults",
    "Hung",
    "Intuit",
    "Limits",
    "Realm",
    "Refusal",
    "Rotation",
    "Server",
    "Settings",
    "Style",
    "WsgiAdapter",
    "application",
    "simulate",
]
