"""Off to the books' own sign-in: from here, in this browser, for this company."""

from __future__ import annotations

import secrets
from typing import Final

from flask import render_template, session
from sqlalchemy import select

from dray.connections.models import Connection
from dray.connections.oauth import authorizing
from dray.connections.oauth.answering import NotConnected
from dray.connections.oauth.application import NotSetUp, application_of
from dray.connections.oauth.authorizing import Who
from dray.connections.oauth.discovery import Undiscovered, endpoints_of
from dray.connections.offers import NotOffered
from dray.extensions import dray
from dray.web.access import Viewer, database, viewer
from dray_sdk import Connector

__all__ = ["leave_for", "who"]

BROWSER: Final = "consent"
"""Where the session's cookie keeps the secret that binds a state to this browser."""


def leave_for(connector: Connector, name: str = "", again: str = "") -> str:
    """The page that takes the browser to the other side. `again`: public id of a connection of the viewer's company, to
    be connected again. Raises NotConnected.

    A page and no redirect: browsers hold a form to the addresses of its own page, wherever it is redirected.
    """
    parts, scoped = dray(), database()
    scoped.rollback()  # nothing of ours waits for somebody else's server
    try:
        endpoints_of(application_of(parts.settings, connector).discovery)
        connection = scoped.scalar(select(Connection).where(Connection.public_id == again)) if again else None
        address = authorizing.begin(
            scoped, parts, connector, who(viewer()), randomness=secrets.token_bytes, name=name, connection=connection
        )
    except NotSetUp as missing:
        raise NotConnected(f"{connector.title} cannot be connected yet. {missing}", again) from None
    except NotOffered as kept:
        raise NotConnected(str(kept), again) from None
    except Undiscovered:
        raise NotConnected(
            f"{connector.title} could not be reached. Nothing was changed. Try again in a few minutes.", again
        ) from None
    scoped.commit()
    return render_template("connections/leaving.html", address=address, title=connector.title)


def who(found: Viewer) -> Who:
    """This person in this browser. The secret of the browser is made when it first sets out."""
    if BROWSER not in session:
        session[BROWSER] = secrets.token_urlsafe(24)
    return Who(found.tenant.id, found.actor, session[BROWSER])
