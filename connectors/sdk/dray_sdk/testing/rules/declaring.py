"""What a connector declares of itself."""

from __future__ import annotations

import re
from dataclasses import fields

from dray_sdk.connector import INTERFACE, Capabilities, Connector, OAuth2, Password
from dray_sdk.facets import DialsIn, Explains, IsCalled, Judges, Remedy
from dray_sdk.operations import Find
from dray_sdk.records import Kind
from dray_sdk.testing.stage import Bench, rule
from dray_sdk.testing.verdicts import demand, not_shown, short

_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_SETTING = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
_FIND_FIELDS = {part.name for part in fields(Find)} - {"kind", "total"}


@rule
def its_name_and_settings_are_well_formed(bench: Bench) -> None:
    """A connector has the platform's interface number, a name of small letters, a title and a version. Each setting has
    a name of its own in capitals and a sentence of help; what authorization needs is among the settings."""
    connector: Connector = bench.connector
    demand(connector.interface == INTERFACE, f"interface is {connector.interface}; this kit knows {INTERFACE}")
    demand(_NAME.fullmatch(connector.name), f"name is {connector.name!r}: small letters, digits and underscores")
    for part in ("title", "version"):
        demand(
            str(getattr(connector, part)).strip(), f"{part} is empty; people read it wherever they look for connectors"
        )
    names = [setting.name for setting in connector.settings]
    demand(len(set(names)) == len(names), f"a setting is declared twice: {sorted(names)}")
    for setting in connector.settings:
        demand(_SETTING.fullmatch(setting.name), f"setting {setting.name!r}: capitals with underscores between")
        demand(setting.help.strip(), f"setting {setting.name} has no help; an operator reads it")
        demand(not (setting.secret and setting.default), f"setting {setting.name} is secret and has a default")
    if isinstance(connector.authorization, OAuth2):
        secret = connector.authorization.client_secret_setting
        for name in (connector.authorization.client_id_setting, secret):
            demand(name in names, f"authorization names the setting {name}, which settings does not declare")
        demand(
            all(one.secret for one in connector.settings if one.name == secret),
            f"{secret} is a secret: say secret=True",
        )


@rule
def its_capabilities_agree(bench: Bench) -> None:
    """Capabilities agree with each other and with the facets: invoices can be created and found again, what is created
    when missing can be created and found, and who dials is said alike everywhere."""
    connector = bench.connector
    able: Capabilities = connector.capabilities
    demand(Kind.INVOICE in able.creates, "creates lacks Kind.INVOICE: there is nothing else to do for a connector")
    demand(able.batch >= 1, f"batch is {able.batch}; at least one operation travels in a request")
    demand(able.repeats_for >= 0, f"repeats_for is {able.repeats_for} seconds")
    for kind, by in able.finds.items():
        strange = sorted(by - _FIND_FIELDS)
        demand(not strange, f"finds says that {kind} is found by {strange}; Find has {sorted(_FIND_FIELDS)}")
        demand(by, f"finds says by nothing how {kind} is found")
    by = able.finds.get(Kind.INVOICE, frozenset())
    demand(
        {"number", "customer", "date"} <= by,
        "finds must find an invoice by number, and by customer and date: only both together settle a doubt, for "
        "somebody may have changed the number",
    )
    for kind in able.creates_when_missing:
        demand(kind in able.creates, f"creates_when_missing names {kind}, which creates does not")
        demand("name" in able.finds.get(kind, ()), f"{kind} is created when missing, so finds must find it by name")
    dials = isinstance(connector, DialsIn)
    demand(able.dialled_into == dials, f"dialled_into is {able.dialled_into}, but the facet DialsIn is {dials}")
    demand(dials != isinstance(connector, IsCalled), "a connector has exactly one of the facets DialsIn and IsCalled")
    demand(
        isinstance(connector.authorization, Password) == dials,
        "authorization is Password where the books call us, and OAuth2 where we call them",
    )
    timing = connector.timing
    demand(
        min(timing.seconds_per_write, timing.seconds_per_request, timing.carrier_over_after, timing.answer_within) > 0,
        f"every time in timing is more than nothing: {timing}",
    )


@rule
def its_limits_are_well_formed(bench: Bench) -> None:
    """Each limit has a field of its own, a label for people and a maximum; a connector that judges says for which books
    they hold, and knows some before it knows the books."""
    connector = bench.connector
    judged = connector.limits_for(None) if isinstance(connector, Judges) else ()
    for limits in (connector.limits, judged):
        names = [limit.field for limit in limits]
        demand(len(set(names)) == len(names), f"a field has two limits: {sorted(names)}")
        for limit in limits:
            demand(limit.maximum > 0, f"the limit of {limit.field} is {limit.maximum}")
            demand(limit.label.strip(), f"the limit of {limit.field} has no label; people read it")
    demand(
        not isinstance(connector, Judges) or {one.field for one in connector.limits} <= {one.field for one in judged},
        "limits_for(None) lacks limits that the connector declares",
    )


@rule
def every_code_is_explained(bench: Bench) -> None:
    """Each explanation stands under its own code, says in sentences what it means and what to do, and who; `explain`
    gives it. Of a code that nobody knows it says nothing."""
    connector = bench.connector
    if not isinstance(connector, Explains):
        not_shown("the connector does not explain codes")
    for code, explanation in connector.explanations.items():
        demand(explanation.code == code, f"the explanation under {code!r} says that it is of {explanation.code!r}")
        for part in (explanation.meaning, explanation.action):
            demand(part.strip().endswith((".", "!", "?")), f"{code}: {short(part)} is not a sentence")
        demand(isinstance(explanation.who, Remedy), f"{code}: who is {explanation.who!r}, and not a Remedy")
        demand(connector.explain(code) is not None, f"explain({code!r}) gives nothing, though explanations has it")
    demand(
        connector.explain("no-such-code-4711") is None,
        "explain makes up a meaning for a code that nobody knows; return None, and people read the books' own text",
    )
