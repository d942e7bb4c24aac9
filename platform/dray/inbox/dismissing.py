"""Problems that somebody looked at and set aside, with a reason and a way back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import delete, insert

from dray.billing.bulk import NO_SYNC, pieces
from dray.billing.checking import LONGEST_NAME, clean, text_complaints
from dray.billing.given import Complaint, Missing, Unacceptable
from dray.inbox.causes import Kind
from dray.inbox.models import Dismissal
from dray.inbox.reading import Trouble
from dray_tenants import audit
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped


def dismiss(session: Scoped, troubles: Sequence[Trouble], reason: str, *, at: dt.datetime, actor: str) -> str:
    """Set problems aside, in the caller's transaction; what takes them back. Raises Unacceptable for no reason.

    Nothing about the invoices changes. A problem that becomes another one is shown again.
    """
    said = clean(reason)
    if complaints := list(text_complaints(said, ("reason",), LONGEST_NAME)):
        raise Unacceptable(complaints)
    if said is None:
        raise Unacceptable([Complaint(("reason",), "Say why, such as “corrected in the books”.")])
    press = new_public_id("dis")
    for some in pieces(troubles):
        for kind in {trouble.cause.kind for trouble in some}:
            ids = [trouble.invoice_id for trouble in some if trouble.cause.kind is kind]
            before = delete(Dismissal).where(Dismissal.invoice_id.in_(ids), Dismissal.kind == kind.value)
            session.execute(before, execution_options=NO_SYNC)
    rows = [
        {
            "invoice_id": trouble.invoice_id,
            "kind": trouble.cause.kind.value,
            "mark": trouble.mark,
            "press": press,
            "reason": said,
            "actor": actor,
            "at": at,
        }
        for trouble in troubles
    ]
    if rows:
        session.execute(insert(Dismissal), rows)
    details = {"problems": len(rows), "reason": said}
    audit.record(session, actor=actor, action="problems.set_aside", subject=press, now=at, details=details)
    return press


def take_back(session: Scoped, press: str, *, differences: bool, at: dt.datetime, actor: str) -> int:
    """Show again what one press set aside, in the caller's transaction; how many. `differences`: whether it was about
    what the books did. Raises Missing for none."""
    kind = Dismissal.kind == Kind.DIFFERS.value
    statement = delete(Dismissal).where(Dismissal.press == press, kind if differences else ~kind)
    gone = session.execute(statement, execution_options=NO_SYNC)
    count = int(cast(Any, gone).rowcount)
    if not count:
        raise Missing(press)
    audit.record(
        session, actor=actor, action="problems.shown_again", subject=press, now=at, details={"problems": count}
    )
    return count
