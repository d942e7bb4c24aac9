"""The .qwc file that makes a Web Connector call us (QBWC Programmer's Guide, "The QWC file"). Pure."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from dray_qbd.soap import escape
from dray_sdk import Invitation, InvitationFile, LocalProtocolError

MEDIA_TYPE = "application/x-qwc"
_GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ADDRESS = re.compile(r"[0-9.]+|\[.*\]")
# The name goes to QuickBooks too, into its list of integrated applications; 80 is the guide's length for a description.
_MOST_NAME = 60
_MOST_DESCRIPTION = 80


def qwc(invitation: Invitation) -> InvitationFile:
    """The file. Names of any kind are carried as far as the Web Connector can show them.

    LocalProtocolError for what the Web Connector would refuse on the customer's computer: an address that is not
    https (localhost may be http), a number instead of a host name (QBWC1001, 1002), a support address of another host
    (QBWC1000), ids that are no GUIDs.
    """
    _check(invitation)
    values = (
        ("AppName", _line(invitation.product, _MOST_NAME)),
        ("AppID", ""),
        ("AppURL", invitation.endpoint),
        ("AppDescription", _description(invitation)),
        ("AppSupport", invitation.support_url),
        ("UserName", invitation.user_name),
        ("OwnerID", _guid(invitation.owner_id)),
        ("FileID", _guid(invitation.file_id)),
        ("QBType", "QBFS"),
        ("Style", "Document"),
    )
    later = (
        # true would keep the Web Connector itself from stamping the company file (QBWC1039, status 3263)
        ("IsReadOnly", "false"),
        ("PersonalDataPref", "pdpNotNeeded"),
        ("UnattendedModePref", "umpOptional"),
        # with it, adding the file again replaces the entry without asking whether to clone it
        ("AppUniqueName", _unique(invitation)),
    )
    minutes = max(1, invitation.every_minutes)
    content = (
        '<?xml version="1.0" encoding="utf-8"?>\n<QBWCXML>\n'
        f"{_rows(values)}  <Scheduler><RunEveryNMinutes>{minutes}</RunEveryNMinutes></Scheduler>\n{_rows(later)}"
        "</QBWCXML>\n"
    )
    return InvitationFile(f"{_file_name(invitation)}.qwc", MEDIA_TYPE, content.encode())


def _check(invitation: Invitation) -> None:
    endpoint, support = urlsplit(invitation.endpoint), urlsplit(invitation.support_url)
    local = endpoint.hostname == "localhost"
    if endpoint.scheme != "https" and not (local and endpoint.scheme == "http"):
        raise LocalProtocolError(f"the Web Connector calls only https addresses, not {invitation.endpoint}")
    if not endpoint.hostname or _ADDRESS.fullmatch(endpoint.hostname) or ":" in endpoint.hostname:
        raise LocalProtocolError(f"the Web Connector wants a host name in {invitation.endpoint}")
    if support.scheme not in ("http", "https") or support.hostname != endpoint.hostname:
        raise LocalProtocolError(f"the support address must be on {endpoint.hostname}, not {invitation.support_url}")
    if not invitation.user_name or _line(invitation.user_name, 200) != invitation.user_name:
        raise LocalProtocolError(f"{invitation.user_name!r} cannot be typed as a user name")


def _guid(text: str) -> str:
    bare = text.strip().strip("{}")
    if not _GUID.fullmatch(bare):
        raise LocalProtocolError(f"{text!r} is not a GUID")
    return f"{{{bare.upper()}}}"


def _line(text: str, most: int) -> str:
    """`text` on one line, without control and direction marks, cut at a character's end where it is too long for the
    Web Connector's list: this is a label for people, nothing of the books."""
    shown = "".join(" " if char.isspace() else char for char in text if char.isspace() or _visible(char))
    return " ".join(shown.split())[:most].rstrip() or "Dray"


def _description(invitation: Invitation) -> str:
    """What it is for and where to get help, each part whole or not at all."""
    said = _line(invitation.description, _MOST_DESCRIPTION)
    for number, part in enumerate(invitation.help):
        longer = f"{said}{', ' if number else '. Help: '}{part}"
        if _line(longer, len(longer)) != longer or len(longer) > _MOST_DESCRIPTION:
            break
        said = longer
    return said


def _visible(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _unique(invitation: Invitation) -> str:
    return "dray-" + (re.sub(r"[^A-Za-z0-9_-]", "-", invitation.install) or "connection")


def _file_name(invitation: Invitation) -> str:
    plain = unicodedata.normalize("NFKD", invitation.product).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()[:50].strip("-")
    return name or _unique(invitation)


def _rows(values: tuple[tuple[str, str], ...]) -> str:
    return "".join([f"  <{name}>{escape(value)}</{name}>\n" for name, value in values])
