"""Views that people keep: a narrowed list with a name, their own or everybody's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import delete, func, or_, select

from dray.billing.checking import clean, text_complaints
from dray.billing.finding_models import SavedView
from dray.billing.given import Complaint, Missing, Unacceptable
from dray_tenants import audit
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped

MOST: Final = 30
LONGEST_NAME: Final = 40


def views_of(session: Scoped, owner: str) -> Sequence[SavedView]:
    """What this person sees: their own and the shared ones, oldest first."""
    return session.scalars(
        select(SavedView).where(or_(SavedView.owner == owner, SavedView.shared)).order_by(SavedView.id)
    ).all()


def keep(
    session: Scoped, name: str, query: Mapping[str, str], *, owner: str, shared: bool, at: dt.datetime
) -> SavedView:
    """Keep a view, in the caller's transaction; one of the same name of the same owner is replaced. Raises
    Unacceptable."""
    said = clean(name)
    if complaints := list(text_complaints(said, ("name",), LONGEST_NAME)):
        raise Unacceptable(complaints)
    if said is None:
        raise Unacceptable([Complaint(("name",), "Give the view a name.")])
    if not query:
        raise Unacceptable([Complaint(("query",), "Narrow the list first; a view of everything is the list itself.")])
    view = session.scalar(select(SavedView).where(SavedView.owner == owner, SavedView.name == said))
    if view is None:
        if (session.scalar(select(func.count()).where(SavedView.owner == owner)) or 0) >= MOST:
            raise Unacceptable([Complaint(("name",), f"You have {MOST} views. Delete one first.")])
        view = SavedView(public_id=new_public_id("viw"), owner=owner, name=said, created_at=at)
        session.add(view)
    view.query, view.shared = dict(query), shared
    session.flush()
    if shared:
        subject = f"view:{view.public_id}"
        audit.record(session, actor=owner, action="view.shared", subject=subject, now=at, details={"name": said})
    return view


def drop(session: Scoped, public_id: str, *, owner: str) -> str:
    """Delete one's own view, in the caller's transaction; its name. Raises Missing, also for somebody else's."""
    view = session.scalar(select(SavedView).where(SavedView.public_id == public_id, SavedView.owner == owner))
    if view is None:
        raise Missing("There is no view of yours with this id.")
    name = view.name
    session.execute(delete(SavedView).where(SavedView.id == view.id))
    return name
