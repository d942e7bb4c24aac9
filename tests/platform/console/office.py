"""The support office: agents and operators who signed in with a code, in browsers without script."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select

from dray import sign_in
from dray_tenants import login
from dray_tenants.models import AuditEntry
from dray_tenants.roles import StaffRole
from dray_tenants.users import create_user
from tests.platform.connect.customer import SECRET, Customer
from tests.platform.web.stage import PASSWORD, QUICK, Browsing, Stage

CONNECTION = re.compile(r"/console/connections/(con_\w+)")


@dataclass
class Office:
    """Staff of one installation."""

    stage: Stage

    def staff(
        self, email: str = "rosa@dray.example", role: StaffRole = StaffRole.AGENT, *, code: bool = True
    ) -> Browsing:
        """A member of the staff, signed in; without `code`, with the password alone."""
        client = self.stage.app.test_client()
        with self.stage.unscoped() as session:
            user = create_user(session, email, PASSWORD, now=self.stage.now, staff=role, hasher=QUICK)
            _row, secret = login.start(
                session, user, ip="127.0.0.1", user_agent="test", now=self.stage.now, second_factor=code
            )
            session.commit()
        with client.session_transaction() as cookie:
            cookie[sign_in.KEY] = secret
        browser = Browsing(client)
        browser.get("/console")
        return browser

    def begin(
        self, agent: Browsing, company: str = "Boone Valley Dumpsters", email: str = "owner@boone.example"
    ) -> Customer:
        """Begin an installation; the customer with the link in hand."""
        answer = agent.press("/console/installs", company=company, email=email)
        assert answer.status_code == 200, answer.text
        shown = SECRET.search(answer.text)
        found = CONNECTION.search(answer.text)
        assert shown is not None
        assert found is not None
        link = shown[1].partition("://")[2].partition("/")[2]
        return Customer(self.stage, found[1], company=company, link=f"/{link}")

    def audit(self, tenant: int) -> list[tuple[str, str]]:
        """(who, what) in a company's audit."""
        with self.stage.session(tenant) as session:
            return [(row.actor, row.action) for row in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
