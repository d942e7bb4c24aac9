"""No secret survives in a transcript, everything else does, and hostile bytes cost no more than others."""

from __future__ import annotations

import html
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dray_sdk import Redaction
from dray_sdk.redaction import MASK

REDACTION = Redaction(
    elements=frozenset({"SSN", "EIN", "Address", "AddressBlock"}),
    members=frozenset({"password", "refresh_token"}),
    headers=frozenset({"Authorization", "Cookie"}),
)
CANARY = "c4n4ry"
MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<SSN>c4n4ry</SSN>t", "<SSN>[removed]</SSN>t"),
        ("<q:SSN>c4n4ry</q:SSN>t", "<q:SSN>[removed]</q:SSN>t"),
        ("<q-1.x:SSN>c4n4ry</q-1.x:SSN>t", "<q-1.x:SSN>[removed]</q-1.x:SSN>t"),
        ('<SSN kind="c4n4ry">c4n4ry</SSN>t', "<SSN>[removed]</SSN>t"),
        ("<SSN a=\"1>2\" b='>'>c4n4ry</SSN>t", "<SSN>[removed]</SSN>t"),
        ('<SSN a="/>">c4n4ry</SSN>t', "<SSN>[removed]</SSN>t"),
        ("<SSN\n\t>c4n4ry</SSN\n>t", "<SSN>[removed]</SSN\n>t"),
        ("<SSN></SSN>t", "<SSN>[removed]</SSN>t"),
        ("<SSN/>t", "<SSN/>t"),
        ("<SSN />t", "<SSN />t"),
        ('<SSN a="c4n4ry"/>t', "<SSN [removed]/>t"),
        ("<SSN/><EIN>c4n4ry</EIN>t", "<SSN/><EIN>[removed]</EIN>t"),
        ("<Address><Addr1>c4n4ry</Addr1></Address>t", "<Address>[removed]</Address>t"),
        ("<AddressBlock>c4n4ry</AddressBlock>t", "<AddressBlock>[removed]</AddressBlock>t"),
        ("<SSN><SSN>x</SSN>c4n4ry</SSN>t", "<SSN>[removed]</SSN>t"),
        ("<SSN><SSN/>c4n4ry</SSN>t", "<SSN>[removed]</SSN>t"),
        ("<SSN>x</EIN>c4n4ry</SSN>t", "<SSN>[removed]</SSN>t"),
        ("<EIN>x<SSN></EIN>c4n4ry</SSN>t", "<EIN>[removed]</SSN>t"),
        ("<SSN><![CDATA[</SSN>]]>c4n4ry</SSN>t", "<SSN>[removed]</SSN>t"),
        ("<SSN><!-- </SSN> -->c4n4ry</SSN>t", "<SSN>[removed]</SSN>t"),
        ("<![CDATA[<SSN>c4n4ry</SSN>]]>t", "<![CDATA[<SSN>[removed]</SSN>]]>t"),
        ("&lt;SSN&gt;c4n4ry&lt;/SSN&gt;t", "&lt;SSN&gt;[removed]&lt;/SSN&gt;t"),
        ("&lt;SSN>c4n4ry&lt;/SSN>t", "&lt;SSN>[removed]&lt;/SSN>t"),
        ("&#60;SSN&#x3E;c4n4ry&#x3c;/SSN&#62;t", "&#60;SSN&#x3E;[removed]&#x3c;/SSN&#62;t"),
        ("&lt;SSN a=&quot;/&gt;&quot;&gt;c4n4ry&lt;/SSN&gt;t", "&lt;SSN&gt;[removed]&lt;/SSN&gt;t"),
        ("&lt;SSN/&gt;t", "&lt;SSN/&gt;t"),
        ("&amp;lt;SSN&amp;gt;c4n4ry&amp;lt;/SSN&amp;gt;t", "&amp;lt;SSN&amp;gt;[removed]&amp;lt;/SSN&amp;gt;t"),
        ("<SSN>c4n4ry&lt;/SSN&gt;c4n4ry</SSN>t", "<SSN>[removed]</SSN>t"),
        ("<SSN>&lt;SSN&gt;c4n4ry</SSN>t", "<SSN>[removed]</SSN>t"),
        (r'{"xml": "<SSN a=\"1\">c4n4ry<\/SSN>t"}', r'{"xml": "<SSN>[removed]<\/SSN>t"}'),
        (r'{"xml": "\u003cSSN\u003ec4n4ry\u003c/SSN\u003et"}', r'{"xml": "\u003cSSN\u003e[removed]\u003c/SSN\u003et"}'),
        ('{"password": "c4n4ry", "t": 1}', '{"password": "[removed]", "t": 1}'),
        ('{"password" : "a\\"c4n4ry\\\\", "t": 1}', '{"password" : "[removed]", "t": 1}'),
        ('{"password":4711,"t":1}', '{"password":"[removed]","t":1}'),
        ('{"password":null}', '{"password":"[removed]"}'),
        ('{"password": {"a": ["}c4n4ry", {"b": "c4n4ry"}]}, "t": 1}', '{"password": "[removed]", "t": 1}'),
        ('{"password": ["c4n4ry", "]c4n4ry"], "t": 1}', '{"password": "[removed]", "t": 1}'),
        (
            r'{"json": "{\"password\":\"a\\\"c4n4ry\", \"t\": 1}"}',
            r'{"json": "{\"password\":\"[removed]\", \"t\": 1}"}',
        ),
        (r'"{\"password\": {\"a\": \"c4n4ry\"}, \"t\": 1}"', r'"{\"password\": \"[removed]\", \"t\": 1}"'),
    ],
)
def test_by_example(before: str, after: str) -> None:
    assert REDACTION.body(before.encode()) == after.encode()


@pytest.mark.parametrize(
    "cut",
    [
        "<SSN>c4n4ry",
        "<SSN>c4n4ry</SS",
        "<SSN c4n4ry",
        '<SSN a="c4n4ry',
        '<SSN a="x/>c4n4ry',
        "&lt;SSN&gt;c4n4ry",
        "&lt;SSN&g",
        "<SSN><!-- </SSN> c4n4ry",
        '{"password": "c4n4ry',
        '{"password": "c4n4ry\\',
        '{"password": {"a": "c4n4ry',
        r"{\"password\": \"c4n4ry",
    ],
)
def test_what_breaks_off_inside_loses_its_rest(cut: str) -> None:
    redacted = REDACTION.body(b"kept " + cut.encode())
    assert redacted.startswith(b"kept ")
    assert b"c4n4ry" not in redacted


@pytest.mark.parametrize(
    "body",
    [
        "<SSNumber>4</SSNumber>",
        "<MySSN>4</MySSN>",
        "<SSN:Name>4</SSN:Name>",
        "<SSN-old>4</SSN-old>",
        "<SSN.1>4</SSN.1>",
        "<ssn>4</ssn>",
        "</SSN>4",
        "SSN 4, 1 < SSN",
        '{"passwords": "4", "Password": "4", "my password": "4"}',
        '{"a": "password", "b": "4"}',
        '["password", "4"]',
        "",
        "\x00\xff<",
    ],
)
def test_what_only_looks_like_a_name_stays(body: str) -> None:
    assert REDACTION.body(body.encode("latin-1")) == body.encode("latin-1")


def test_nothing_named_is_nothing_removed() -> None:
    body = b'<SSN>1</SSN>{"password":"2"}'
    assert Redaction().body(body) == body
    assert Redaction(elements=frozenset({"SSN"})).body(body) == b'<SSN>[removed]</SSN>{"password":"2"}'
    assert Redaction(members=frozenset({"password"})).body(body) == b'<SSN>1</SSN>{"password":"[removed]"}'


def test_a_name_is_a_name_and_not_a_pattern() -> None:
    odd = Redaction(elements=frozenset({"a.b", "x%s"}), members=frozenset({"p(w", "[d]"}))
    assert odd.body(b'<a.b>1</a.b><axb>2</axb><x%s>3</x%s>{"p(w":4,"d":5,"[d]":6}') == (
        b'<a.b>[removed]</a.b><axb>2</axb><x%s>[removed]</x%s>{"p(w":"[removed]","d":5,"[d]":"[removed]"}'
    )


def test_headers_are_found_in_any_case_and_keep_their_spelling() -> None:
    headers = {"authorization": CANARY, "COOKIE": CANARY, "Content-Type": "text/xml"}
    assert REDACTION.header_fields(headers) == {
        "authorization": "[removed]",
        "COOKIE": "[removed]",
        "Content-Type": "text/xml",
    }


# ---- whatever the document

plain = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), max_size=20)
names = st.sampled_from(["SSN", "EIN", "Address", "AddressBlock", "Name", "City", "q:SSN", "q:Name"])


@st.composite
def elements(draw: st.DrawFn, inside: st.SearchStrategy[str]) -> str:
    name = draw(names)
    values = [draw(plain) for _ in range(draw(st.integers(0, 2)))]
    attributes = "".join(
        f" a{number}={quote}{html.escape(value, quote=True)}{quote}"
        for number, value in enumerate(values)
        for quote in draw(st.sampled_from("\"'"))
    )
    if draw(st.integers(0, 4)) == 0:
        return f"<{name}{attributes}/>"
    return f"<{name}{attributes}>{''.join(draw(st.lists(inside, max_size=3)))}</{name}>"


documents = st.lists(st.recursive(plain.map(html.escape), elements, max_leaves=12), max_size=4).map("".join)


@given(documents, st.integers(0, 3))
def test_in_any_document_secrets_go_and_the_rest_stays(document: str, times: int) -> None:
    expected = _parsed(document)
    for _ in range(times):
        document, expected = html.escape(document), html.escape(expected).replace(html.escape("[removed]"), "[removed]")
    assert REDACTION.body(document.encode()).decode() == expected


def _parsed(document: str) -> str:
    """The same by means of taking the document apart: slow, obvious, and only for well-formed documents."""
    pieces = re.split(r"(<(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>)", document)
    out: list[str] = []
    hidden: list[str] = []
    for piece in pieces:
        tag = re.match(r"<(/?)((?:\w+:)?(\w+))(.*?)(/?)>\Z", piece, re.DOTALL)
        secret = tag is not None and tag[3] in REDACTION.elements
        if tag is not None and secret and tag[1]:
            hidden.pop()
            if not hidden:
                out.append("[removed]" + piece)
        elif tag is not None and secret and tag[5]:
            if not hidden:
                out.append(f"<{tag[2]} [removed]/>" if tag[4].strip() else piece)
        elif tag is not None and secret:
            if not hidden:
                out.append(f"<{tag[2]}>")
            hidden.append(tag[3])
        elif not hidden:
            out.append(piece)
    return "".join(out)


json_values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), plain, st.sampled_from(["password", '"', "\\", '\\"', "}", "["])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(plain, st.sampled_from(["password", "refresh_token"])), inner, max_size=3),
    ),
    max_leaves=10,
)


@given(json_values, st.booleans(), st.sampled_from([None, 2]))
def test_in_any_json_secrets_go_and_the_rest_stays(value: object, ascii_only: bool, indent: int | None) -> None:
    def masked(part: object) -> object:
        if isinstance(part, dict):
            return {key: MASK.decode() if key in REDACTION.members else masked(one) for key, one in part.items()}
        return [masked(one) for one in part] if isinstance(part, list) else part

    body = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert json.loads(REDACTION.body(body.encode())) == masked(value)
    again = json.loads(json.loads(REDACTION.body(json.dumps(body, ensure_ascii=ascii_only).encode())))
    assert again == masked(value)


@given(plain.map(html.escape), plain.map(html.escape), st.integers(0, 60))
def test_a_secret_does_not_survive_a_cut_anywhere(before: str, around: str, kept: int) -> None:
    opened = f"{before}<SSN>"
    whole = f'{opened}{around}{CANARY}</SSN>{around}<EIN a="{CANARY}">{around}</EIN>'.encode()
    cut = whole[: len(opened.encode()) + kept]
    assert CANARY.encode()[:4] not in REDACTION.body(cut).removeprefix(before.encode())


@given(
    st.binary(max_size=200), st.lists(st.sampled_from([b"<SSN", b">", b"/>", b"</SSN>", b'"', b"&lt;", b'"password":']))
)
def test_any_bytes_at_all_are_taken(noise: bytes, pieces: list[bytes]) -> None:
    REDACTION.body(noise.join(pieces))


# ---- hostile bytes

HOSTILE = {
    "tags that never end": b"<SSN ",
    "elements that never close": b"<SSN>",
    "escaped tags that never end": b"&lt;SSN ",
    "empty elements with attributes": b'<SSN a=""/>',
    "elements": b"<SSN></SSN>",
    "closing tags with blanks": b"<SSN>" + b"</SSN " * 20,
    "quotes": b'<SSN a="' + b"\"'" * 20,
    "comments that never end": b"<SSN><!--",
    "sections that never end": b"<SSN><![CDATA[",
    "ampersands": b"&amp;" * 3,
    "escapes of escapes": b"&amp;amp;amp;amp;lt;SSN",
    "prefixes": b"<" + b"a" * 40 + b":SSN ",
    "a prefix that never ends": b"a:",
    "members": b'"password":"',
    "members without values": b'"password": ',
    "brackets": b'"password":[',
    "backslashes": b'\\"password\\":\\"\\\\\\',
    "blanks": b" \t",
    "digits of references": b"&#000060",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_sixteen_megabytes_of_hostile_bytes_are_read_once(piece: bytes) -> None:
    """No clock is looked at, for a test must not race the machine: these take seconds together, and a pattern that
    reads anything twice for each byte before it would take hours over any one of them."""
    body = b"<" + piece * (16 * MEGABYTE // len(piece))
    assert len(REDACTION.body(body)) <= 2 * len(body)


@pytest.mark.parametrize(
    "body",
    [
        b"<SSN>1</SSN>" * 60_000 + b"<SSN>c4n4ry</SSN>",
        b'<SSN a="1"/>' * 60_000 + b"<SSN>c4n4ry</SSN>",
        b'{"password":1}' * 60_000 + b'{"password":"c4n4ry"}',
        b"<SSN>" + b"<EIN></EIN>" * 2_000 + b"c4n4ry</SSN>",
        b"<SSN>" + b"&lt;EIN&gt;" * 2_000 + b"c4n4ry</SSN>",
        b"&lt;SSN/&gt;" * 60_000 + b"<SSN>c4n4ry</SSN>",
    ],
)
def test_what_holds_more_secrets_than_any_answer_does_loses_its_rest(body: bytes) -> None:
    redacted = REDACTION.body(body)
    assert b"c4n4ry" not in redacted
    assert redacted.endswith(MASK)


def test_empty_elements_are_no_secrets_however_many_there_are() -> None:
    body = b"<SSN/><EIN />" * 60_000
    assert REDACTION.body(body) == body
