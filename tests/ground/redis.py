"""A Redis server of a test's own, which it may kill and start again. Nothing is written to a disk."""

import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis

from tests.ground.services import program

PATIENCE = 200


@dataclass
class Redis:
    """A server behind a Unix socket. What it holds is gone when it is killed."""

    binary: Path
    socket: Path
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        """The address that DRAY_BROKER_URL takes."""
        return f"redis+socket://{self.socket}"

    def start(self) -> None:
        """Start it; returns when it answers."""
        command = [
            *(str(self.binary), "--port", "0", "--unixsocket", str(self.socket)),
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        client = redis.Redis(unix_socket_path=str(self.socket), retry=redis.retry.Retry(_every_moment(), PATIENCE))
        with client:
            client.ping()

    def kill(self) -> None:
        """Kill it as a power cut does; returns when it is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def _every_moment() -> redis.backoff.AbstractBackoff:
    return redis.backoff.ConstantBackoff(0.05)


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[Redis]:
    """A running Redis; the test is skipped, aloud, where there is none to run."""
    # a socket's path may have about a hundred characters, and pytest's directories are long
    socket = Path("/tmp") / f"dray-{uuid.uuid4().hex[:12]}.sock"
    server = Redis(program("redis-server"), socket)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        socket.unlink(missing_ok=True)
