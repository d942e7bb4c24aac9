"""Letters and the password travel encrypted, over STARTTLS or TLS, to a server whose certificate is checked."""

from __future__ import annotations

import shutil
import ssl
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest

from dray.mail.transport import MailServer, ServerAway, Transport
from tests.ground.databases import MigratedTemplate
from tests.platform.cli.shell import Shell
from tests.platform.mail.certificates import certificate_for, serving
from tests.platform.mail.mail_server import open_post_office

USER = "dray%40post.example:p%40ss%20word"


def letter() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "dray@dray.example", "ann@paper.example", "Hello"
    message.set_content("s3cret")
    return message


def to(url: str, trusted: Path | None = None) -> Transport:
    trust = partial(ssl.create_default_context, cafile=str(trusted)) if trusted else ssl.create_default_context
    return Transport(MailServer.parse(url), timeout=5, trust=trust)


def why_not(transport: Transport) -> str:
    """Why no letter can be sent."""
    with transport, pytest.raises(ServerAway) as away:
        transport.send(letter())
    return str(away.value)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return certificate_for("localhost", tmp_path)


def test_starttls_comes_before_the_password_and_the_letter(free_port: int, certificate: Path) -> None:
    with (
        open_post_office(
            free_port, tls_context=serving(certificate), require_starttls=True, auth_require_tls=True
        ) as office,
        to(f"smtp://{USER}@localhost:{free_port}", certificate) as transport,
    ):
        said = transport.try_out()
        transport.send(letter())
    assert "encrypted (TLSv1." in said
    assert said.endswith("signed in as dray@post.example")
    assert office.logins == [(b"dray@post.example", b"p@ss word")]
    assert [str(taken["Subject"]) for taken in office.taken] == ["Hello"]


def test_tls_from_the_first_byte(free_port: int, certificate: Path) -> None:
    url = f"smtps://{USER}@localhost:{free_port}"
    with open_post_office(free_port, ssl_context=serving(certificate)) as office, to(url, certificate) as transport:
        assert "encrypted (TLSv1." in transport.try_out()
        transport.send(letter())
    assert len(office.taken) == 1


def test_a_certificate_that_nobody_vouches_for_gets_no_password(free_port: int, certificate: Path) -> None:
    url = f"smtp://{USER}@localhost:{free_port}"
    with open_post_office(free_port, tls_context=serving(certificate)) as office:
        assert "cannot be trusted" in why_not(to(url))
    assert (office.logins, office.taken) == ([], [])


def test_a_certificate_of_another_name_gets_no_password(free_port: int, tmp_path: Path) -> None:
    other, url = certificate_for("elsewhere.example", tmp_path), f"smtp://{USER}@localhost:{free_port}"
    with open_post_office(free_port, tls_context=serving(other)) as office:
        assert "not valid for" in why_not(to(url, other))
    assert (office.logins, office.taken) == ([], [])


def test_the_wrong_kind_of_address_for_a_port_is_said(free_port: int) -> None:
    with open_post_office(free_port):
        assert "smtps:// is for port 465" in why_not(to(f"smtps://localhost:{free_port}"))


@pytest.fixture
def shell(tmp_path: Path, migrated_template: MigratedTemplate) -> Shell:
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    return Shell(tmp_path / "home", f"sqlite:///{tmp_path / 'dray.db'}")


def test_the_doctor_signs_in_to_the_mail_server_and_says_what_is_wrong(
    shell: Shell, free_port: int, certificate: Path
) -> None:
    url = f"smtp://{USER}@localhost:{free_port}"
    trusting = {"DRAY_SMTP_URL": url}
    with pytest.MonkeyPatch.context() as patch, open_post_office(free_port, tls_context=serving(certificate)) as office:
        assert "cannot be trusted" in shell.run("doctor", settings=trusting).output
        patch.setenv("SSL_CERT_FILE", str(certificate))
        said = shell.run("doctor", settings=trusting).output
        assert f"well  mail: localhost:{free_port} answers, encrypted" in said
        wrong = {"DRAY_SMTP_URL": url.replace("p%40ss", "past")}
        result = shell.run("doctor", settings=wrong)
        assert result.exit_code == 1
        assert "WRONG mail: user name and password of DRAY_SMTP_URL were not taken" in result.output
        assert office.taken == []
    result = shell.run("doctor", settings=trusting)
    assert result.exit_code == 1
    assert f"WRONG mail: localhost:{free_port} does not answer" in result.output
    assert "p@ss" not in result.output
    assert "note  mail: no DRAY_SMTP_URL" in shell.run("doctor").output
