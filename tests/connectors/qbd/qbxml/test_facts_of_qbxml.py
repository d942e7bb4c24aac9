"""The table of facts says what Intuit's schema says: nothing more, nothing less."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from dray_qbd.qbxml import facts
from dray_qbd.qbxml.facts import Choice, Element, Field, Flaw, Group, Node, Type

INTUIT = {
    "STRTYPE": Type.TEXT,
    "BOOLTYPE": Type.BOOLEAN,
    "IDTYPE": Type.ID,
    "AMTTYPE": Type.AMOUNT,
    "PRICETYPE": Type.PRICE,
    "PERCENTTYPE": Type.PERCENT,
    "QUANTYPE": Type.QUANTITY,
    "DATETYPE": Type.DATE,
    "DATETIMETYPE": Type.DATETIME,
    "GUIDTYPE": Type.GUID,
    "ENUMTYPE": Type.ENUM,
    "INTTYPE": Type.INTEGER,
    "FLOATTYPE": Type.FLOAT,
    "TIMEINTERVALTYPE": Type.INTERVAL,
}
VALUES = {
    Type.BOOLEAN: "true",
    Type.AMOUNT: "-1234567890123.45",
    Type.PRICE: "1234567890.12345",
    Type.PERCENT: "-1234567890.12345",
    Type.QUANTITY: "1234567890.12345",
    Type.DATE: "2024-02-29",
    Type.DATETIME: "2024-02-29T23:59:59-05:00",
    Type.GUID: "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}",
    Type.INTEGER: "12",
    Type.FLOAT: "1.25",
    Type.INTERVAL: "PT1H30M",
    Type.ID: "x" * 36,
}
# The schema joins the editions of all countries; Intuit's annotations say that the US edition requires these.
OPTIONAL_IN_THE_SCHEMA_ONLY = {("ContactsMod", "ListID"), ("ContactsMod", "EditSequence")}
REQUESTS = [name for name in facts.MESSAGES if name.endswith("Rq")]


@pytest.fixture(scope="session")
def schema(reference_data: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(reference_data / "qbd/schema/qbxmlops130.xsd"))


@pytest.fixture(scope="session")
def annotated(reference_data: Path) -> dict[str, list[dict[str, Any]]]:
    loaded: dict[str, list[dict[str, Any]]] = json.loads((reference_data / "qbd/schema/qbd_us_140.json").read_text())
    return loaded


@pytest.mark.parametrize("name", facts.MESSAGES)
def test_every_element_is_as_intuit_annotated_it(name: str, annotated: dict[str, list[dict[str, Any]]]) -> None:
    ours, intuits = list(rows_of(facts.message(name), 2)), list(rows_of_intuit(annotated[name]))
    assert ours[0][:3] + ours[0][4:] == intuits[0][:3] + intuits[0][4:]  # a message as such is neither
    assert ours[1:] == intuits[1:]


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_filled_to_its_limits_satisfies_the_schema(name: str, schema: etree.XMLSchema) -> None:
    message = facts.message(name)
    for branch in range(most_branches(message)):
        document = envelope(filled(message, branch))
        assert schema.validate(document), schema.error_log


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_refused_when_any_order_is_changed(name: str, schema: etree.XMLSchema) -> None:
    message = filled(facts.message(name), 0)
    for parent in message.iter():
        children = list(parent)
        if len(children) < 2 or children[0].tag == children[1].tag:
            continue
        parent.insert(0, children[1])
        assert not schema.validate(envelope(message)), f"{children[1].tag} before {children[0].tag}"
        parent.insert(0, children[0])


@pytest.mark.parametrize("name", REQUESTS)
def test_one_character_more_than_the_limit_is_refused_by_the_schema(name: str, schema: etree.XMLSchema) -> None:
    for branch in range(most_branches(facts.message(name))):
        message = filled(facts.message(name), branch)
        for leaf, field in fields_of(message, facts.message(name)):
            assert facts.flaw(field, leaf.text or "") is None
            if field.max_length is None and field.type is not Type.ID:
                continue
            whole, leaf.text = leaf.text, f"{leaf.text}x"
            assert not schema.validate(envelope(message)), field
            assert facts.flaw(field, leaf.text) is Flaw.TOO_LONG
            leaf.text = whole


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_without_a_required_element_is_refused(name: str, schema: etree.XMLSchema) -> None:
    message = filled(facts.message(name), 0)
    for parent, group in groups_of(message, facts.message(name)):
        for child in group.children:
            if isinstance(child, Choice) or not child.required or child.repeats:
                continue
            if (group.name, child.name) in OPTIONAL_IN_THE_SCHEMA_ONLY:
                continue
            element = parent.find(child.name)
            assert element is not None
            place = parent.index(element)
            parent.remove(element)
            assert not schema.validate(envelope(message)), f"{child.name} in {group.name}"
            parent.insert(place, element)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_choice_may_be_left_out_only_where_the_schema_lets_it(name: str, schema: etree.XMLSchema) -> None:
    message = filled(facts.message(name), 0)
    for parent, group in groups_of(message, facts.message(name)):
        for child in group.children:
            if isinstance(child, Choice):
                names = {element.name for element in facts.elements(Group(group.name, (child,)))}
                taken = [(parent.index(element), element) for element in parent if element.tag in names]
                for _, element in taken:
                    parent.remove(element)
                assert schema.validate(envelope(message)) is not child.required, f"a choice of {sorted(names)}"
                for place, element in taken:
                    parent.insert(place, element)


@pytest.mark.parametrize(
    ("type_", "text", "fits"),
    [
        (Type.AMOUNT, "1.5", False),
        (Type.AMOUNT, "1.50", True),
        (Type.AMOUNT, "1,500.00", False),
        (Type.QUANTITY, "0.123456", False),
        (Type.QUANTITY, "0.12345", True),
        (Type.DATETIME, "2024-01-01T00:00:00Z", False),
        (Type.DATETIME, "2024-01-01T00:00:00.5", False),
        (Type.DATETIME, "2024-01-01T00:00:00-05:00", True),
        (Type.DATE, "2024-13-01", False),
        (Type.GUID, "3F2504E0-4F89-11D3-9A0C-0305E82C3301", False),
        (Type.GUID, "0", True),
        (Type.BOOLEAN, "yes", False),
        (Type.BOOLEAN, "1", True),
    ],
)
def test_values_have_the_forms_of_their_types(type_: Type, text: str, fits: bool) -> None:
    assert (facts.flaw(Field("Any", type_), text) is None) == fits


def test_an_element_is_found_by_its_path() -> None:
    number = facts.element("InvoiceAddRq/InvoiceAdd/RefNumber")
    assert isinstance(number, Field)
    assert number.max_length == 11
    with pytest.raises(KeyError, match="RefNumer"):
        facts.element("InvoiceAddRq/InvoiceAdd/RefNumer")


def rows_of(element: Element, depth: int) -> Iterator[tuple[Any, ...]]:
    field = element if isinstance(element, Field) else None
    yield (
        depth,
        element.name,
        field.type if field else "group",
        element.required,
        element.repeats,
        field.max_length if field else None,
        field.values if field else (),
        element.since,
        element.attributes if isinstance(element, Group) else (),
    )
    if isinstance(element, Group):
        for node in element.children:
            yield from rows_of_node(node, depth + 1)


def rows_of_node(node: Node, depth: int) -> Iterator[tuple[Any, ...]]:
    if not isinstance(node, Choice):
        yield from rows_of(node, depth)
        return
    yield (depth, "choice", node.required, node.repeats)
    for i, branch in enumerate(node.branches):
        if i:
            yield (depth, "or")
        for inner in branch:
            yield from rows_of_node(inner, depth)


def rows_of_intuit(entries: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """The same rows, read from the annotated schema without help of our notation."""
    values: dict[str, tuple[str, ...]] = {}
    foreign: int | None = None
    since_of_choice: list[str | None] = []
    empty_branch = True
    for entry in entries:
        depth, note = entry["d"], entry["note"]
        if foreign is not None and depth > foreign:
            continue
        foreign = None
        if entry["k"] == "note":
            if found := re.match(r"(\w+) may have one of the following values: (.*)", note):
                words = re.sub(r"\s*\[default\]", "", found[2], flags=re.IGNORECASE)
                values[found[1]] = tuple(word.strip() for word in words.split(","))
        elif entry["k"] == "or":
            if "BEGIN OR" in note:
                version = re.match(r"v([\d.]+), ", note)
                since_of_choice.append(version[1] if version else None)
                any_number = "or more" in note
                required = "optionally" not in note and "0 or more" not in note
                yield (depth, "choice", required, any_number)
                empty_branch = True
            elif note == "OR":
                if not empty_branch:
                    yield (depth, "or")
                empty_branch = True
            else:
                since_of_choice.pop()
                empty_branch = False
        elif entry["not_us"]:
            foreign = depth
        else:
            empty_branch = False
            group = entry["type"] == "GROUP"
            yield (
                depth,
                entry["name"],
                "group" if group else INTUIT[entry["type"]],
                not entry["opt"],
                entry["rep"],
                entry["max"],
                values[entry["name"]] if entry["type"] == "ENUMTYPE" else (),
                entry["since"] or (since_of_choice[-1] if since_of_choice else None),
                tuple(re.findall(r"(\w+) =", entry["attrs"] or "")),
            )


def most_branches(group: Group) -> int:
    widest = 1
    for node in group.children:
        for branch in node.branches if isinstance(node, Choice) else ((node,),):
            widest = max(widest, len(node.branches) if isinstance(node, Choice) else 1)
            for inner in branch:
                if isinstance(inner, Group):
                    widest = max(widest, most_branches(inner))
    return widest


def filled(group: Group, branch: int) -> etree._Element:
    """An instance with every element present, every text at its limit, and in each choice the given branch."""
    element = etree.Element(group.name)
    fill(element, group.children, branch)
    return element


def fill(parent: etree._Element, nodes: tuple[Node, ...], branch: int) -> None:
    for node in nodes:
        if isinstance(node, Choice):
            fill(parent, node.branches[branch % len(node.branches)], branch)
        elif isinstance(node, Group):
            parent.append(filled(node, branch))
        else:
            etree.SubElement(parent, node.name).text = value_of(node)


def value_of(field: Field) -> str:
    if field.type is Type.ENUM:
        return field.values[-1]
    if field.type is Type.TEXT:
        return "x" * (field.max_length or 5)
    return VALUES[field.type]


def envelope(message: etree._Element) -> etree._ElementTree:
    root = etree.Element("QBXML")
    batch = etree.SubElement(root, "QBXMLMsgsRq", onError="stopOnError")
    batch.append(message)
    return root.getroottree()


def groups_of(element: etree._Element, group: Group) -> Iterator[tuple[etree._Element, Group]]:
    yield element, group
    known = {child.name: child for child in facts.elements(group)}
    for child in element:
        inner = known[child.tag]
        if isinstance(inner, Group):
            yield from groups_of(child, inner)


def fields_of(element: etree._Element, group: Group) -> Iterator[tuple[etree._Element, Field]]:
    for parent, known in groups_of(element, group):
        by_name = {child.name: child for child in facts.elements(known)}
        for leaf in parent:
            field = by_name[leaf.tag]
            if isinstance(field, Field):
                yield leaf, field
