"""What can go wrong between an application and QuickBooks Online, each on a dial."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields


@dataclass(slots=True)
class Faults:
    """How often each thing still goes wrong; 0 is never. A dial that says "seconds" or "1 is on" is not counted down.

    Dials of the company endpoints strike the next write, or the next call where they say so.
    """

    timeout_before: int = 0
    """A write gets no answer and was not done."""
    timeout_after: int = 0
    """A write gets no answer and was done."""
    reset_before: int = 0
    """The connection breaks before a write is done."""
    reset_after: int = 0
    """The connection breaks after a write was done."""
    truncated: int = 0
    """A write is done; half of its answer arrives."""
    gateway_timeout: int = 0
    """A write is done; the gateway answers 504 in HTML."""
    system_failure_after: int = 0
    """A write is done; the answer is 500 with code 10000."""
    system_failure: int = 0
    """A call is not done and answers 500 with code 10000."""
    unavailable: int = 0
    """A call is not done and answers 503 in HTML."""
    bad_gateway: int = 0
    """A call is not done and answers 502 in HTML."""
    throttled: int = 0
    """A call is not done and answers 429, as XML."""
    throttled_json: int = 0
    """A call is not done and answers 429, as JSON."""
    unauthorized: int = 0
    """A call is not done and answers 401 (3200) although its token is good."""
    unauthorized_mid_batch: int = 0
    """A batch is done to its half and answers 401."""
    forbidden: int = 0
    """A call is not done and answers 403 (3100)."""
    html: int = 0
    """A call is done; a page of HTML with status 200 comes in place of its answer."""
    wrong_type: int = 0
    """A call is done and answered as text/plain."""
    xml: int = 0
    """A call is done and answered as XML although JSON was asked for."""
    slow: int = 0
    """Seconds that every call to the company endpoints takes."""
    clock_skew: int = 0
    """Seconds by which the clock of QuickBooks Online is ahead."""
    batch_missing: int = 0
    """A batch is done; its answer lacks the last item."""
    batch_doubled: int = 0
    """A batch is done; its answer has the first item twice."""
    batch_extra: int = 0
    """A batch is done; its answer has an item that nobody sent."""
    batch_reversed: int = 0
    """A batch is done and answered last item first."""
    forget_requests: int = 0
    """QuickBooks Online has forgotten every requestid. Strikes the next write that carries one."""
    vendor_as_customer_6250: int = 0
    """A vendor's or employee's id as CustomerRef answers 6250 in place of 2500. 1 is on."""
    refresh_lost: int = 0
    """A refresh rotates the token; its answer is never received."""
    refresh_refused: int = 0
    """A refresh answers 400 invalid_grant; the token stays good."""
    token_unavailable: int = 0
    """The token endpoint answers 503 in HTML."""
    token_slow: int = 0
    """Seconds that every call to the token endpoint takes."""
    webhook_lost: int = 0
    """A webhook is never sent."""
    webhook_doubled: int = 0
    """A webhook is sent twice."""
    webhook_reversed: int = 0
    """The events of a webhook arrive last one first."""
    webhook_forged: int = 0
    """A webhook is signed with another key."""
    webhook_delay: int = 0
    """Seconds that a webhook waits before it is sent."""

    @classmethod
    def parse(cls, names: Iterable[str]) -> Faults:
        """From words such as "timeout_after", "throttled:3". ValueError says which word is not a fault."""
        known = {one.name for one in fields(cls)}
        faults = cls()
        for word in names:
            name, _, times = word.partition(":")
            name = name.replace("-", "_")
            if name not in known:
                raise ValueError(f"{name} is not a fault. There are: {', '.join(sorted(known))}")
            if times and not times.isdecimal():
                raise ValueError(f"{word}: after the colon comes a number")
            setattr(faults, name, int(times or 1))
        return faults

    def strikes(self, name: str) -> bool:
        """Whether this goes wrong now; counts it down."""
        left: int = getattr(self, name)
        if left <= 0:
            return False
        setattr(self, name, left - 1)
        return True
