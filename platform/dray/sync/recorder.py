"""Live exchanges kept as files while an operator wants them: to try the next version of a connector on them.

A recording is written when an answer was read. Secrets are removed as the connector's redaction names them; customers'
names and amounts are in it, so the folder is for the operator alone, and holds the newest `MOST` only. The format is
that of `dray_sdk.testing.recordings`; `dray connector shadow` plays them to the version that is installed where it is
run.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from dray_sdk import Batch, Books, Connector, Outcome, Purpose, Request, Response
from dray_sdk.testing import recordings

__all__ = ["MOST", "Recorder"]

MOST: Final = 1_000
"""Files that are kept; older ones are deleted."""

_TOO_MANY: Final = MOST + 100
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Recorder:
    """Keeps recordings in a folder, which is made when the first one comes."""

    folder: Path

    def keep(
        self,
        connector: Connector,
        batch: Batch,
        books: Books,
        request: Request,
        response: Response,
        outcomes: Sequence[Outcome],
        *,
        at: dt.datetime,
    ) -> None:
        """Keep one exchange. A folder that cannot be written, or a connector whose redaction breaks, is logged and
        costs nobody their invoice."""
        if request.purpose is Purpose.ASK and not connector.capabilities.recovers:
            return  # the identical bytes once more: they are in the recording of the first time
        name = f"{at:%Y%m%dT%H%M%S%f}-{connector.name}-{batch.key}-{request.purpose.value}.json"
        try:
            text = recordings.record(connector, batch, books, request, response, outcomes)
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            begun = self.folder / f".{name}"
            with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            begun.rename(self.folder / name)  # whole, or not there, for whoever follows the folder
            self._drop_old_ones()
        except Exception:  # noqa: BLE001  a recording is a convenience; the exchange goes on without it
            _log.exception("exchange not recorded", connector=connector.name, folder=str(self.folder))

    def _drop_old_ones(self) -> None:
        kept = sorted(self.folder.glob("*.json"))
        if len(kept) >= _TOO_MANY:
            for old in kept[:-MOST]:
                old.unlink(missing_ok=True)
