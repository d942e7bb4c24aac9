"""A process that finds its token refused again and again: `python -m tests.platform.connections.renewing TENANT
CONNECTION TIMES`. Prints how often it got another one."""

from __future__ import annotations

import os
import sys

from dray.connections.oauth.tokens import access_token
from dray.installation import compose
from dray.settings import read_settings


def main(tenant: int, connection: int, times: int) -> None:
    parts = compose(read_settings(os.environ))
    token, others = access_token(parts, tenant, connection), 0
    for _ in range(times):
        before, token = token, access_token(parts, tenant, connection, refused=token)
        others += token != before
    sys.stdout.write(f"{others}\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
