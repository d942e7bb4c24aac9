"""The service's description in WSDL 1.1, for one address. Intuit's names, types and namespace, unchanged."""

from __future__ import annotations

from functools import lru_cache

from dray_qbd.soap import INTUIT, escape

_TEXT, _NUMBER, _TEXTS = "s:string", "s:int", "tns:ArrayOfString"

# operation → (parameters, type of the result). QBWC Programmer's Guide, "The QBWC API"; serverVersion and the
# two numbers of sendRequestXML as in Intuit's C# sample.
OPERATIONS: dict[str, tuple[tuple[tuple[str, str], ...], str]] = {
    "serverVersion": ((), _TEXT),
    "clientVersion": ((("strVersion", _TEXT),), _TEXT),
    "authenticate": ((("strUserName", _TEXT), ("strPassword", _TEXT)), _TEXTS),
    "sendRequestXML": (
        (
            ("ticket", _TEXT),
            ("strHCPResponse", _TEXT),
            ("strCompanyFileName", _TEXT),
            ("qbXMLCountry", _TEXT),
            ("qbXMLMajorVers", _NUMBER),
            ("qbXMLMinorVers", _NUMBER),
        ),
        _TEXT,
    ),
    "receiveResponseXML": (
        (("ticket", _TEXT), ("response", _TEXT), ("hresult", _TEXT), ("message", _TEXT)),
        _NUMBER,
    ),
    "connectionError": ((("ticket", _TEXT), ("hresult", _TEXT), ("message", _TEXT)), _TEXT),
    "getLastError": ((("ticket", _TEXT),), _TEXT),
    "closeConnection": ((("ticket", _TEXT),), _TEXT),
    "getInteractiveURL": ((("wcTicket", _TEXT), ("sessionID", _TEXT)), _TEXT),
    "interactiveRejected": ((("wcTicket", _TEXT), ("reason", _TEXT)), _TEXT),
    "interactiveDone": ((("wcTicket", _TEXT),), _TEXT),
}


@lru_cache(maxsize=256)
def wsdl(endpoint: str) -> bytes:
    """The description of the service at `endpoint`, a whole URL."""
    names = tuple(OPERATIONS)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://www.w3.org/2001/XMLSchema"'
        f' xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:tns="{INTUIT}" targetNamespace="{INTUIT}">\n'
        f'<wsdl:types><s:schema elementFormDefault="qualified" targetNamespace="{INTUIT}">\n'
        f"{''.join(map(_elements, names))}{_ARRAY}</s:schema></wsdl:types>\n"
        f"{''.join(map(_messages, names))}"
        f'<wsdl:portType name="QBWebConnectorSvcSoap">\n{"".join(map(_port, names))}</wsdl:portType>\n'
        '<wsdl:binding name="QBWebConnectorSvcSoap" type="tns:QBWebConnectorSvcSoap">\n'
        '<soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>\n'
        f"{''.join(map(_bound, names))}</wsdl:binding>\n"
        '<wsdl:service name="QBWebConnectorSvc">'
        '<wsdl:port name="QBWebConnectorSvcSoap" binding="tns:QBWebConnectorSvcSoap">'
        f'<soap:address location="{_attribute(endpoint)}"/></wsdl:port></wsdl:service>\n</wsdl:definitions>\n'
    ).encode()


_ARRAY = (
    '<s:complexType name="ArrayOfString"><s:sequence>'
    '<s:element minOccurs="0" maxOccurs="unbounded" name="string" nillable="true" type="s:string"/>'
    "</s:sequence></s:complexType>\n"
)


def _attribute(text: str) -> str:
    return escape(text).replace('"', "&quot;")


def _elements(name: str) -> str:
    parameters, result = OPERATIONS[name]
    return _element(name, parameters) + _element(f"{name}Response", ((f"{name}Result", result),))


def _element(name: str, parts: tuple[tuple[str, str], ...]) -> str:
    inside = "".join(
        f'<s:element minOccurs="{int(kind == _NUMBER)}" maxOccurs="1" name="{part}" type="{kind}"/>'
        for part, kind in parts
    )
    sequence = f"<s:sequence>{inside}</s:sequence>" if inside else ""
    return f'<s:element name="{name}"><s:complexType>{sequence}</s:complexType></s:element>\n'


def _messages(name: str) -> str:
    return "".join(
        f'<wsdl:message name="{name}Soap{way}"><wsdl:part name="parameters" element="tns:{element}"/></wsdl:message>\n'
        for way, element in (("In", name), ("Out", f"{name}Response"))
    )


def _port(name: str) -> str:
    return (
        f'<wsdl:operation name="{name}"><wsdl:input message="tns:{name}SoapIn"/>'
        f'<wsdl:output message="tns:{name}SoapOut"/></wsdl:operation>\n'
    )


def _bound(name: str) -> str:
    literal = '<soap:body use="literal"/>'
    return (
        f'<wsdl:operation name="{name}"><soap:operation soapAction="{INTUIT}{name}" style="document"/>'
        f"<wsdl:input>{literal}</wsdl:input><wsdl:output>{literal}</wsdl:output></wsdl:operation>\n"
    )
