"""The .qwc file as the Web Connector reads it, and its rules. Codes: Intuit QBWC Programmer's Guide, appendix C."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree

_REQUIRED = ("AppName", "AppURL", "AppDescription", "AppSupport", "UserName", "OwnerID", "FileID", "QBType")
_GUID = re.compile(r"\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
_WORDS = {
    "QBType": ("QBFS", "QBPOS"),
    "Style": ("Document", "DocWrapped", "RPC"),
    "PersonalDataPref": ("pdpNotNeeded", "pdpOptional", "pdpRequired"),
    "UnattendedModePref": ("umpRequired", "umpOptional"),
    "IsReadOnly": ("true", "false"),
    "Notify": ("true", "false"),
}


class AddRefused(Exception):
    """The Web Connector does not add an application. `code` is its QBWC number, such as QBWC1039."""

    def __init__(self, code: str, text: str) -> None:
        self.code, self.text = code, text
        super().__init__(f"{code}: {text}")


@dataclass(frozen=True, slots=True)
class Qwc:
    """What a .qwc file says. `auth_flags` is 0 for every edition; `every_seconds` is None without a Scheduler."""

    app_name: str
    app_url: str
    description: str
    app_support: str
    user_name: str
    owner_id: str
    file_id: str
    qb_type: str
    style: str = "Document"
    auth_flags: int = 0
    is_read_only: bool = False
    every_seconds: int | None = None
    cert_url: str = ""
    unique_name: str = ""

    @classmethod
    def read(cls, text: str | bytes) -> Qwc:
        """Reads a file. AddRefused QBWC1039 if an element is missing or says what it cannot say."""
        try:
            root = etree.fromstring(text.encode() if isinstance(text, str) else text)
        except etree.XMLSyntaxError as wrong:
            raise AddRefused("QBWC1039", f"The file is not XML. {wrong}") from wrong
        said = {str(child.tag): (child.text or "").strip() for child in root.iterchildren(etree.Element)}
        _check_elements(root, said)
        return cls(
            app_name=said["AppName"],
            app_url=said["AppURL"],
            description=said["AppDescription"],
            app_support=said["AppSupport"],
            user_name=said["UserName"],
            owner_id=said["OwnerID"],
            file_id=said["FileID"],
            qb_type=said["QBType"],
            style=said.get("Style") or "Document",
            auth_flags=_flags(said.get("AuthFlags", "")),
            is_read_only=said.get("IsReadOnly") == "true",
            every_seconds=_schedule(root),
            cert_url=said.get("CertURL", ""),
            unique_name=said.get("AppUniqueName", ""),
        )

    def check(self) -> None:
        """The rules about addresses. AddRefused QBWC1000, 1001, 1002, 1051."""
        service, support = urlsplit(self.app_url), urlsplit(self.app_support)
        if _is_address(service.hostname):
            raise AddRefused("QBWC1001", "The AppURL is an IP address. It needs a host name.")
        if _is_address(support.hostname):
            raise AddRefused("QBWC1002", "The AppSupport is an IP address. It needs a host name.")
        if service.scheme != "https" and service.hostname != "localhost":
            raise AddRefused("QBWC1051", "The service URL is not on a secure (https) server. It was not added.")
        if service.hostname != support.hostname:
            raise AddRefused("QBWC1000", "The domains of AppURL and AppSupport differ.")


def _check_elements(root: etree._Element, said: dict[str, str]) -> None:
    if root.tag != "QBWCXML":
        raise AddRefused("QBWC1039", "The file does not begin with QBWCXML.")
    for name in _REQUIRED:
        if not said.get(name):
            raise AddRefused("QBWC1039", f"The element {name} is missing.")
    if "AppID" not in said:
        raise AddRefused("QBWC1039", "The element AppID is missing. It may be empty.")
    for name in ("OwnerID", "FileID"):
        if not _GUID.fullmatch(said[name]):
            raise AddRefused("QBWC1039", f"{name} is not a GUID in braces.")
    for name, words in _WORDS.items():
        if said.get(name) and said[name] not in words:
            raise AddRefused("QBWC1039", f"{name} cannot be {said[name]!r}.")


def _flags(text: str) -> int:
    try:
        return int(text or "0", 0)
    except ValueError:
        raise AddRefused("QBWC1034", f"AuthFlags cannot be {text!r}.") from None


def _schedule(root: etree._Element) -> int | None:
    scheduler = root.find("Scheduler")
    for child in scheduler if scheduler is not None else ():
        text = (child.text or "").strip()
        if child.tag in ("RunEveryNMinutes", "RunEveryNSeconds") and text.isdecimal():
            return int(text) * (60 if child.tag == "RunEveryNMinutes" else 1)
    return None


def _is_address(host: str | None) -> bool:
    try:
        ipaddress.ip_address(host or "")
    except ValueError:
        return False
    return True
