"""Webhooks on their way: collected, sent, sent again."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dray_qbo.simulator import webhooks
from dray_qbo.simulator.faults import Faults
from dray_qbo.simulator.webhooks import Event, Style

Post = Callable[[str, Mapping[str, str], bytes], int]
"""Sends bytes to an address; the HTTP status, 0 where there was none."""

# When Intuit tries again (webhooks best practices); after the last, every six hours.
RETRIES = (10, 20, 30, 300, 1200, 7200, 14400, 21600)


@dataclass(slots=True)
class Delivery:
    """Events that are told together."""

    due: datetime
    events: list[Event]
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    attempt: int = 0


@dataclass(slots=True)
class Deliveries:
    """The webhooks of one application. Nothing is kept where it has no address."""

    url: str
    verifier: str
    style: Style
    faults: Faults
    dice: random.Random
    waiting: list[Delivery] = field(default_factory=list)
    told: list[Delivery] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, event: Event) -> None:
        """Something changed. Events that wait together are told together."""
        if not self.url:
            return
        due = event.at + timedelta(seconds=self.faults.webhook_delay)
        with self._lock:
            for delivery in self.waiting:
                if not delivery.content and delivery.due >= event.at:
                    delivery.events.append(event)
                    return
            self.waiting.append(Delivery(due, [event]))

    def send_due(self, now: datetime, post: Post) -> int:
        """Sends everything whose time has come; how many deliveries were taken with 200."""
        with self._lock:
            due = [delivery for delivery in self.waiting if delivery.due <= now]
            self.waiting = [delivery for delivery in self.waiting if delivery.due > now]
        return sum(self._send(delivery, now, post) for delivery in due)

    def _send(self, delivery: Delivery, now: datetime, post: Post) -> bool:
        if not delivery.content:
            if self.faults.strikes("webhook_lost"):
                return False
            self._write(delivery, now)
        delivery.attempt += 1
        times = 2 if self.faults.strikes("webhook_doubled") else 1
        statuses = [post(self.url, delivery.headers, delivery.content) for _ in range(times)]
        if statuses[0] == 200:
            self.told.append(delivery)
            return True
        wait = RETRIES[min(delivery.attempt, len(RETRIES)) - 1]
        delivery.due = now + timedelta(seconds=wait)
        with self._lock:
            self.waiting.append(delivery)
        return False

    def _write(self, delivery: Delivery, now: datetime) -> None:
        if self.faults.strikes("webhook_reversed"):
            delivery.events.reverse()
        identities = [self._uuid() for _ in delivery.events]
        delivery.content = webhooks.body(self.style, delivery.events, identities)
        verifier = "another key" if self.faults.strikes("webhook_forged") else self.verifier
        delivery.headers = webhooks.headers(delivery.content, verifier, self.style, self._uuid(), now)

    def _uuid(self) -> str:
        return str(uuid.UUID(bytes=self.dice.randbytes(16), version=4))
