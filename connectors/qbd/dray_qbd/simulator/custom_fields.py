"""Custom fields: defining them, and giving them a value on a list element, a transaction or the company."""

from __future__ import annotations

from dray_qbd.simulator.checker import LINES, Reading, Record
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.references import ITEMS, look_up
from dray_qbd.simulator.replies import Reply, Work, macro_or_id
from dray_qbd.simulator.statuses import Refusal

_LONGEST = {"STR255TYPE": 255, "STR1024TYPE": 1024}


def define(work: Work, reading: Reading) -> Reply:
    """DataExtDefAdd. Refusal 3100 if the owner has a field of this name."""
    given: Record = reading.record["DataExtDefAdd"]
    if _definition(work.company, given["OwnerID"], given["DataExtName"]):
        raise Refusal(3100, given["DataExtName"])
    ret = {
        "DataExtID": str(work.company.count("field")),
        "DataExtListRequire": "false",
        "DataExtTxnRequire": "false",
        "DataExtFormatString": "None",
        **given,
    }
    work.company.definitions.append(ret)
    return Reply(rets=[("DataExtDefRet", ret)])


def add(work: Work, reading: Reading) -> Reply:
    """DataExtAdd. The field must have been defined, the object must exist: 3120."""
    given: Record = reading.record["DataExtAdd"]
    ret = valued(work.company, given)
    put(_holder(work, given), ret)
    return Reply(rets=[("DataExtRet", ret)])


def valued(company: Company, given: Record) -> Record:
    """The DataExtRet of a field and the value given to it. Refusal 3120, 3070."""
    definition = _definition(company, given["OwnerID"], given["DataExtName"])
    if definition is None:
        raise Refusal(3120, given["DataExtName"])
    if len(given["DataExtValue"]) > _LONGEST.get(definition["DataExtType"], 255):
        raise Refusal(3070, given["DataExtValue"], "DataExtValue")
    return {
        "OwnerID": given["OwnerID"],
        "DataExtName": given["DataExtName"],
        "DataExtType": definition["DataExtType"],
        "DataExtValue": given["DataExtValue"],
    }


def put(fields: list[Record], value: Record) -> None:
    """Sets a field among `fields`, in place of the value that it had."""
    key = (value["OwnerID"].casefold(), value["DataExtName"])
    fields[:] = [one for one in fields if (one["OwnerID"].casefold(), one["DataExtName"]) != key]
    fields.append(value)


def _holder(work: Work, given: Record) -> list[Record]:
    company = work.company
    if "OtherDataExtType" in given:
        return company.stamps
    if "ListDataExtType" in given:
        kind = given["ListDataExtType"]
        reference = given["ListObjRef"]
        list_id = look_up(company, ITEMS if kind == "Item" else (kind,), reference)
        if list_id is None:
            raise Refusal(3120, reference.get("ListID") or reference.get("FullName", ""))
        entry = company.lists[company.kinds[list_id]][list_id]
    else:
        identity = macro_or_id(work, given["TxnID"])
        found = company.transactions.get(given["TxnDataExtType"], {}).get(identity)
        if found is None:
            raise Refusal(3120, identity)
        entry = _line(found, given["TxnLineID"]) if given.get("TxnLineID") else found
    fields: list[Record] = entry.setdefault("DataExtRet", [])
    return fields


def _line(entry: Record, identity: str) -> Record:
    for _, line in entry.get(LINES, ()):
        if line["TxnLineID"] == identity:
            found: Record = line
            return found
    raise Refusal(3120, identity)


def _definition(company: Company, owner: str, name: str) -> Record | None:
    for one in company.definitions:
        if one["OwnerID"].casefold() == owner.casefold() and one["DataExtName"] == name:
            return one
    return None
