"""Exceptions. Ordinary answers, refusals included, are outcomes; these are for what should not happen.

ProtocolError
├── LocalProtocolError    our side broke the protocol: a bug in the platform or in the connector
└── RemoteProtocolError   the other side broke its own protocol
"""

from __future__ import annotations


class ProtocolError(Exception):
    """The protocol between us and the books was broken."""


class LocalProtocolError(ProtocolError):
    """A bug of ours, for example a record that the connector declared it could write and cannot."""


class RemoteProtocolError(ProtocolError):
    """The peer sent what its own protocol forbids. Never raised out of `serve`, where it becomes a reply."""
