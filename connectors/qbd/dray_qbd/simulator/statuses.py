"""The statuses that QuickBooks answers a request with, in its own words.

Texts are those of recorded answers and of Intuit's list of QuickBooks error codes; `{0}`, `{1}` take what it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NOT_THERE = "  QuickBooks error message: Invalid argument.  The specified record does not exist in the list."

SEVERITIES: Mapping[int, str] = {0: "Info", 1: "Info", 500: "Warn", 550: "Warn", 570: "Warn"}
"""What is not here is an Error."""

TEXTS: Mapping[int, str] = {
    0: "Status OK",
    1: "A query request did not find a matching object in QuickBooks",
    500: "The query request has not been fully completed. There was a required element ("
    '"{0}") that could not be found in QuickBooks.',
    1060: 'The request ID "{0}" is invalid. It must be no longer than 50 characters.',
    3000: 'The given object ID "{0}" in the field "{1}" is invalid.',
    3010: 'There was an error when converting the boolean value "{0}" in the field "{1}".',
    3020: 'There was an error when converting the date value "{0}" in the field "{1}".',
    3030: 'The "From" date "{0}" is greater than the "To" date "{1}".',
    3031: 'The "From" string "{0}" is greater than the "To" string "{1}".',
    3035: 'There was an error when converting the time interval "{0}" in the field "{1}".',
    3040: 'There was an error when converting the amount "{0}" in the field "{1}".',
    3045: 'There was an error when converting the price "{0}" in the field "{1}".',
    3050: 'There was an error when converting the percent "{0}" in the field "{1}".',
    3060: 'There was an error when converting the quantity "{0}" in the field "{1}".',
    3065: 'There was an error when converting the GUID "{0}" in the field "{1}".',
    3070: 'The string "{0}" in the field "{1}" is too long.',
    3085: 'There was an error when converting the number "{0}" in the field "{1}".',
    3090: 'There was an error when storing "{0}" in the "{1}" field.QuickBooks error message: Names in this list '
    "cannot contain a colon.The colon is a special character used to indicate a parent/child relationship.",
    3100: 'The name "{0}" of the list element is already in use.',
    3110: 'The combined name "{0}" of the list element and its parents is too long.',
    3120: 'Object "{0}" specified in the request cannot be found.' + _NOT_THERE,
    3130: 'There is an invalid reference to a parent "{0}" in the {1} list.' + _NOT_THERE,
    3140: 'There is an invalid reference to QuickBooks {0} "{1}" in the {2}.' + _NOT_THERE,
    3150: 'There is a missing element: "{0}".',
    3151: 'There is an element that is not allowed here: "{0}".',
    3170: "There was an error when modifying a {0}.  QuickBooks error message: {1}",
    3171: "An attempt was made to modify a {0} with a date that is on or before the closing date of the company.",
    3175: "There was an error when adding, modifying or deleting a {0}.  QuickBooks error message: The transaction "
    "could not be locked. It is in use by another user.",
    3180: "There was an error when saving a {0}.  QuickBooks error message: {1}",
    3200: 'The provided edit sequence "{0}" is out-of-date. ',
    3210: 'The "{0}" field has an invalid value "{1}".  QuickBooks error message: {2}',
    3231: "The request has not been processed.",
    3240: 'The object "{0}" that was specified to be created at this time does not match the one that is there.',
    3250: "This feature is not enabled or not available in this version of QuickBooks.",
    3290: 'The item "{0}" is placed in the request in incorrect order.',
    9100: 'The macro "{0}" has not been defined in this message set.',
}


def severity(code: int) -> str:
    """Info, Warn or Error."""
    return SEVERITIES.get(code, "Error")


class Refusal(Exception):
    """A request that QuickBooks answers with a status instead of doing it. Nothing has been changed.

    `ret` is what the answer shows beside the status, as 3200 shows the object as it is now: (name of Ret, record).
    """

    def __init__(self, code: int, *named: str, ret: tuple[str, dict[str, Any]] | None = None) -> None:
        self.code = code
        self.text = TEXTS[code].format(*named)
        self.ret = ret
        super().__init__(f"{code} {self.text}")
