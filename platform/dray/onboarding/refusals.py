"""Why a user name and a password did not open: looked up only while somebody watches, and said in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from dray.connections.models import Connection, Install
from dray.onboarding.listening import Heard
from dray.onboarding.watching import Watched
from dray.passwords import ConnectorPasswords
from dray_tenants.connector_passwords import normalized
from dray_tenants.scope import Scoped

__all__ = ["Reason", "why_denied"]

_LENGTH: Final = 20
_PASTE: Final = (
    "Click the Password box on the row, paste the password that the set-up page shows, press Enter and choose Yes."
)


@dataclass(frozen=True, slots=True)
class Reason:
    """`code` names the reason for programs, `sentence` says it with what to do."""

    code: str
    sentence: str


_OLDER_FILE: Final = Reason(
    "older_file", "This row was made from an older set-up file. Remove the row and add the new file."
)


def why_denied(session: Scoped, passwords: ConnectorPasswords, watched: Watched, heard: Heard) -> Reason:
    """What was wrong with it. The tenant is in scope; nothing of another tenant is ever told."""
    mine = session.scalars(select(Install).where(Install.id == watched.install_id)).one()
    if heard.text != mine.user_name:
        return _of_user_name(session, watched, heard.text)
    if not heard.password.strip():
        return Reason("no_password", f"No password was typed yet. {_PASTE}")
    if _matches(passwords, heard.password, mine.ended_passwords or ()):
        return Reason(
            "older_password",
            "This is an older password, which a newer one has replaced. Use the newest, or make a new one on the "
            "set-up page.",
        )
    if (other := _of_another(session, passwords, watched, heard.password)) is not None:
        return other
    return _of_its_shape(heard.password, bool(mine.passwords))


def _of_user_name(session: Scoped, watched: Watched, user: str) -> Reason:
    owner = session.execute(
        select(Install.connection_id, Connection.name)
        .join(Connection, (Connection.tenant_id == Install.tenant_id) & (Connection.id == Install.connection_id))
        .where(Install.user_name == user, Install.tenant_id == watched.tenant_id)
    ).one_or_none()
    if owner is None:
        return Reason("other_user", "The user name is not the one in the file. Download the file again and add that.")
    if owner.connection_id == watched.connection_id:
        return _OLDER_FILE
    return Reason(
        "other_connection", f"The user name belongs to the connection “{owner.name}”. Add the file of this one."
    )


def _of_another(session: Scoped, passwords: ConnectorPasswords, watched: Watched, password: str) -> Reason | None:
    rows = session.execute(
        select(Install.id, Install.connection_id, Install.passwords, Install.ended_passwords, Connection.name)
        .join(Connection, (Connection.tenant_id == Install.tenant_id) & (Connection.id == Install.connection_id))
        .where(Install.tenant_id == watched.tenant_id, Install.id != watched.install_id)
        .order_by(Install.id.desc())
        .limit(50)
    )
    for row in rows:
        if not _matches(passwords, password, [*row.passwords, *(row.ended_passwords or ())]):
            continue
        if row.connection_id == watched.connection_id and row.id > watched.install_id:
            return _OLDER_FILE
        if row.connection_id == watched.connection_id:
            return Reason(
                "older_password",
                "This is the password of an older set-up file. Use the one that was made with the newest file, or make "
                "a new one on the set-up page.",
            )
        return Reason(
            "other_connection",
            f"This is the password of the connection “{row.name}”. {_PASTE}",
        )
    return None


def _of_its_shape(password: str, minted: bool) -> Reason:
    if not minted:
        return Reason("not_made", "There is no password yet. Make it on the set-up page, then paste it.")
    length = len(normalized(password))
    if length == _LENGTH:
        return Reason("wrong_password", f"The password did not match. {_PASTE}")
    return Reason(
        "not_ours",
        f"What was typed is not a password of ours: it has {length} characters, and ours have {_LENGTH} in five "
        f"groups. The passwords of Windows and of QuickBooks do not work here. {_PASTE}",
    )


def _matches(passwords: ConnectorPasswords, password: str, stored: Sequence[Mapping[str, str]]) -> bool:
    return passwords.position(password, stored) is not None
