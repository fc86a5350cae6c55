"""Start and stop the emulator of AWS (ministack)."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from local.places import EMULATOR_TOOLS, Trouble

HOST = "127.0.0.1"
DEFAULT_PORT = 4566
START_SECONDS = 60.0
STOP_SECONDS = 30.0


class Emulator:
    """An emulator with its own folder and port.

    As a context manager it runs for the block; `start` leaves it running until `stop`,
    which may come from another process: the folder remembers pid and port.

    Args:
        directory: state, log and pid; made if absent, readable by nobody else.
        port: where it listens, on the loopback interface only.
        auth: whether the functions' roles are enforced.
        concurrency: how many functions may run at once. Further calls are turned away, and a
            worker that was turned away leaves its messages invisible for minutes.
        functions_call: where functions find AWS, if not here: what stands in between.
    """

    def __init__(
        self,
        directory: Path,
        port: int,
        *,
        auth: bool = False,
        concurrency: int = 32,
        functions_call: str = "",
    ) -> None:
        self.directory = directory
        self.port = port
        self.auth = auth
        self.concurrency = concurrency
        self.functions_call = functions_call
        self.log = directory / "emulator.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint_url(self) -> str:
        """Where the AWS APIs are."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Start it, unless it runs already; return when it answers."""
        if self.running():
            return
        require_free(self.port)
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.directory.chmod(0o700)
        for name in ("state", "tmp", "home"):
            (self.directory / name).mkdir(mode=0o700, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [EMULATOR_TOOLS / "ministack"],
                env=self._environment(),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # So that Ctrl-C ends the command that started it, not the stack.
                start_new_session=True,
            )
        self._pid_file.write_text(json.dumps({"pid": self._process.pid, "port": self.port}))
        self._wait_until_ready()

    def stop(self) -> bool:
        """Stop it, so that its state is kept; `False` if it did not run."""
        pid = self._pid()
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self._alive(pid):
            if time.monotonic() > deadline:
                # Its state is then the one of its last clean stop.
                os.kill(pid, signal.SIGKILL)
                deadline += STOP_SECONDS
            time.sleep(0.05)
        self._pid_file.unlink(missing_ok=True)
        return True

    @property
    def pid(self) -> int | None:
        """The process that we started, if it is still there; functions are its children."""
        return self._pid()

    def running(self) -> bool:
        """Whether the process that we started is there and answers at this port."""
        return self._pid() is not None and healthy(self.port)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _environment(self) -> Mapping[str, str]:
        # Nothing else: functions see the emulator's whole environment. Its own home
        # keeps a person's AWS settings out of them.
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.directory / "home"),
            "TMPDIR": str(self.directory / "tmp"),
            "LANG": "C.UTF-8",
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.directory / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.directory / "state" / "s3"),
            "LAMBDA_ACCOUNT_CONCURRENCY": str(self.concurrency),
            "AUTH": "true" if self.auth else "false",
            # Functions have the emulator's environment, where they have none of their own.
            **({"AWS_ENDPOINT_URL": self.functions_call} if self.functions_call else {}),
        }

    @property
    def _pid_file(self) -> Path:
        return self.directory / "emulator.json"

    def _pid(self) -> int | None:
        try:
            known = json.loads(self._pid_file.read_text())
        except FileNotFoundError:
            return None
        pid = int(known["pid"])
        return pid if known["port"] == self.port and self._alive(pid) else None

    def _alive(self, pid: int) -> bool:
        if self._process is not None and self._process.pid == pid:
            return self._process.poll() is None
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not healthy(self.port):
            if self._process is not None and self._process.poll() is not None:
                raise Trouble(f"The emulator ended at once; {self.log} says why.")
            if time.monotonic() > deadline:
                self.stop()
                raise Trouble(f"The emulator does not answer; {self.log} may say why.")
            time.sleep(0.05)


def running_port(directory: Path) -> int | None:
    """The port of the emulator that was started in a folder, if it still runs."""
    try:
        port = int(json.loads((directory / "emulator.json").read_text())["port"])
    except FileNotFoundError:
        return None
    return port if Emulator(directory, port).running() else None


def require_free(port: int) -> None:
    """Raise `Trouble` if somebody listens at a port of the loopback interface."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still fading is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise Trouble(
                f"Port {port} is taken by another program: "
                f"choose a free one with GATEWAY_PORT=<port>, or stop that program."
            ) from None


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def healthy(port: int) -> bool:
    """Whether an emulator at this port is ready for calls."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
