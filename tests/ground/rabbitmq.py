"""A RabbitMQ server of a test's own, which it may kill and start again. What it stores is in the test's directory."""

import os
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.ground.services import missing

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
PATIENCE = 120.0


@dataclass
class RabbitMQ:
    """A node with ports of its own on this machine, and no plugins."""

    home: Path
    port: int
    ports_beside: tuple[int, int]
    name: str = field(default_factory=lambda: f"dray{uuid.uuid4().hex[:8]}")
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        """The address that DRAY_BROKER_URL takes."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    @property
    def environment(self) -> dict[str, str]:
        """Everything in its own directory, and nothing that other machines can reach."""
        names, nodes = self.ports_beside
        return {
            **os.environ,
            "HOME": str(self.home),
            "RABBITMQ_NODENAME": f"{self.name}@localhost",
            "RABBITMQ_MNESIA_BASE": str(self.home / "stored"),
            "RABBITMQ_LOG_BASE": str(self.home / "log"),
            "RABBITMQ_PID_FILE": str(self.home / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.home / "plugins"),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(nodes),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(names),
        }

    def start(self) -> None:
        """Start it; returns when it takes calls."""
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(
            [str(SERVER)], env=self.environment, stdout=quiet, stderr=quiet, start_new_session=True
        )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.process.poll() is None, "RabbitMQ ended instead of starting"
            assert time.monotonic() < deadline, "RabbitMQ did not start"
            time.sleep(0.2)

    def kill(self) -> None:
        """Kill it as a power cut does; returns when it is gone."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def forget(self) -> None:
        """End what keeps the names of its nodes: it refuses until it has noticed that the node is gone."""
        for _ in range(20):
            ended = subprocess.run(["epmd", "-kill"], env=self.environment, capture_output=True, check=False)
            if ended.returncode == 0:
                return
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as door:
                door.sendall(b"AMQP\x00\x00\x09\x01")
                return bool(door.recv(8))
        except OSError:
            return False


@pytest.fixture
def rabbitmq_server(tmp_path: Path) -> Iterator[RabbitMQ]:
    """A running RabbitMQ; the test is skipped, aloud, where there is none to run."""
    if not SERVER.exists():
        missing("rabbitmq-server")
    port, *beside = (_free_port() for _ in range(3))
    server = RabbitMQ(tmp_path, port, (beside[0], beside[1]))
    server.start()
    try:
        yield server
    finally:
        server.kill()
        server.forget()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])
