"""The child process that holds a submission: asked over a private socket, drained, watched, killed.

Everything that comes from it is untrusted: sizes are capped, and a reply carries its request's nonce.
"""

import contextlib
import json
import os
import secrets
import select
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from typing import IO, Any, Self, cast

from plants.errors import HarnessError, ProcessesRemain
from plants.sandbox.inside import system
from plants.sandbox.launcher import Launch

TICK_SECONDS = 0.05
REPLY_LIMIT = 65 << 20  # bytes; child.py sends at most 64 MiB of .npy and a short line
BYTES_AT_ONCE = 1 << 20  # sent or read
KEPT_OUTPUT = 64 << 10  # bytes kept of the beginning and of the end of what is printed
DRAIN_ROUNDS = 16
LAST_WORDS_SECONDS = 4.0  # for a child that closed the channel, to end by itself; for a traceback
FINISH_SECONDS = 20.0  # for a child that has done its work, to end as programs do
KILL_SECONDS = 20.0
KILL_ROUNDS = 20  # a stray may start another while it is being looked for
LOOKS_IN_VAIN = 3  # after which there is no stray


class ChildEnded(Exception):
    """The child ended, or closed or garbled the channel, before it replied."""


class Forged(Exception):
    """What came over the channel was not written by child.py in answer to this request."""


class TimeIsUp(Exception):
    """The deadline passed before the child replied."""


class Output:
    """What a process printed: how much, and the beginning and end of it."""

    def __init__(self) -> None:
        self.total_bytes = 0
        self._head, self._tail = b"", b""

    def add(self, data: bytes) -> None:
        self.total_bytes += len(data)
        room = KEPT_OUTPUT - len(self._head)
        self._head += data[:room]
        self._tail = (self._tail + data[room:])[-KEPT_OUTPUT:]

    @property
    def text(self) -> str:
        """Beginning and end, with a line between them where something is left out."""
        left_out = self.total_bytes - len(self._head) - len(self._tail)
        gap = f"\n... {left_out} bytes left out ...\n".encode() if left_out else b""
        return (self._head + gap + self._tail).decode("utf-8", "replace")


class ChildProcess:
    """A child under a supervisor, started when this is made. Use it as a context manager.

    When the context is left, the child and all that it started are gone. Raises HarnessError where
    it cannot be started, or not be ended.
    """

    def __init__(self, launch: Launch) -> None:
        self.output = Output()
        self.report: dict[str, Any] = {}  # the supervisor's; "exit" comes when all processes are gone
        self._mark = os.fsencode(launch.mark)
        self._to_send = memoryview(b"")
        self._received, self._report_bytes = bytearray(), b""  # as far as not yet used
        self._channel, channel_end = socket.socketpair()
        self._control, control_end = socket.socketpair()
        with channel_end, control_end:
            self._process = self._start(launch, control_end.fileno(), channel_end.fileno())
        self._printed = cast(IO[bytes], self._process.stdout)
        self._selector = selectors.DefaultSelector()
        self._open: set[int] = set()
        self._watch(self._printed.fileno(), self._drain_output)
        self._watch(self._channel.fileno(), self._drain_channel)
        self._watch(self._control.fileno(), self._drain_control)

    def _start(self, launch: Launch, *descriptors: int) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                [*launch.command, *map(str, descriptors)],
                cwd="/",
                env=launch.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                pass_fds=descriptors,
                start_new_session=True,
            )
        except OSError as error:
            self._channel.close()
            self._control.close()
            raise HarnessError(f"cannot start {launch.command[0]}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.kill()
        finally:
            self._drain_output()
            self._selector.close()
            self._channel.close()
            self._control.close()
            self._printed.close()

    @property
    def peak_rss_bytes(self) -> int | None:
        """The most that all processes together were seen to hold, or None."""
        return self.report.get("peak_bytes") or None

    @property
    def cpu_seconds(self) -> float:
        """What all processes together have computed so far."""
        return float(self.report.get("cpu_seconds", 0.0))

    def ask(
        self, request: dict[str, Any], payload: bytes = b"", *, deadline: float
    ) -> tuple[dict[str, Any], bytes]:
        """(reply, payload) of one request; `deadline` is on time.monotonic's clock.

        Raises ChildEnded, Forged or TimeIsUp; after the last, the child has been ended, too.
        """
        nonce = secrets.token_hex(16)
        header = {**request, "payload": len(payload), "nonce": nonce}
        self._drain_channel()
        if self._received:  # nothing was asked for
            raise Forged
        self._to_send = memoryview(json.dumps(header).encode() + b"\n" + payload)
        self._wait(lambda: b"\n" in self._received, deadline)
        line, _, self._received = self._received.partition(b"\n")
        reply, size = _checked_reply(line, nonce)
        self._wait(lambda: len(self._received) >= size, deadline)
        answer, self._received = bytes(self._received[:size]), self._received[size:]
        return reply, answer

    def finish(self) -> bool:
        """Lets the child end as a program does, and its supervisor count what it leaves running.

        False if it did not end within FINISH_SECONDS, and has to be killed.
        """
        if not system.adopts_orphans():  # then they are known as long as they have their parent
            self._have_looked()
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_WR)
        self._listen_until_end(FINISH_SECONDS)
        return self._has_ended()

    def _have_looked(self) -> None:
        """Lets the supervisor look which processes there are."""
        with contextlib.suppress(OSError):
            self._control.send(b"look\n")
        end = time.monotonic() + LAST_WORDS_SECONDS
        while not (self.report.get("looked") or self._has_ended()) and time.monotonic() < end:
            self._listen(TICK_SECONDS)

    def kill(self) -> None:
        """Ends the child and all that it started; safe to call twice. Raises HarnessError."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)
        self._listen_until_end(KILL_SECONDS)
        if "exit" not in self.report:  # the supervisor is stuck, or was killed itself
            with contextlib.suppress(ProcessLookupError, PermissionError):  # gone; macOS says the second
                os.killpg(self._process.pid, signal.SIGKILL)
        try:
            self._process.wait(KILL_SECONDS)
        except subprocess.TimeoutExpired:
            raise ProcessesRemain("the submission's processes cannot be ended") from None
        if "exit" not in self.report or not self.report.get("adopts", True):
            self._kill_strays()

    def _kill_strays(self) -> None:
        """Ends what only its environment gives away, which a program that is just starting does not show."""
        looks_in_vain = 0
        for _ in range(KILL_ROUNDS):
            strays = system.marked_processes(self._mark)
            looks_in_vain = 0 if strays else looks_in_vain + 1
            if looks_in_vain == LOOKS_IN_VAIN:
                return
            for pid in strays:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(TICK_SECONDS)

    def _watch(self, descriptor: int, drain: Callable[[], None]) -> None:
        os.set_blocking(descriptor, False)
        self._selector.register(descriptor, selectors.EVENT_READ, drain)
        self._open.add(descriptor)

    def _wait(self, is_done: Callable[[], bool], deadline: float) -> None:
        while not is_done():
            if time.monotonic() > deadline:
                with contextlib.suppress(OSError):
                    self._control.send(b"abort\n")
                self._listen_until_end(LAST_WORDS_SECONDS)
                raise TimeIsUp
            self._listen(0 if self._send_some() else TICK_SECONDS)
            if not is_done() and (self._has_ended() or self._channel.fileno() not in self._open):
                self._listen_until_end(LAST_WORDS_SECONDS)
                raise ChildEnded

    def _listen(self, seconds: float) -> None:
        for key, _ in self._selector.select(timeout=seconds):
            key.data()

    def _has_ended(self) -> bool:
        return "exit" in self.report or self._control.fileno() not in self._open

    def _send_some(self) -> bool:
        """Writes what the socket takes at once; True if there is more, and the child listens."""
        if self._to_send:
            try:
                self._to_send = self._to_send[self._channel.send(self._to_send[:BYTES_AT_ONCE]) :]
                return bool(self._to_send)
            except BlockingIOError:
                select.select([self._channel], [self._channel], [], TICK_SECONDS)
            except OSError:  # closed at the other end
                self._to_send = memoryview(b"")
        return False

    def _listen_until_end(self, seconds: float) -> None:
        """Goes on reading until the supervisor has said that all has ended, at most for so long."""
        end = time.monotonic() + seconds
        while not self._has_ended() and time.monotonic() < end:
            self._listen(TICK_SECONDS)
        self._drain_output()

    def _drain_output(self) -> None:
        for _ in range(DRAIN_ROUNDS):  # a pipe holds less
            data = self._read(self._printed.fileno())
            if not data:
                return
            self.output.add(data)

    def _drain_channel(self) -> None:
        self._received += self._read(self._channel.fileno())
        if len(self._received) > REPLY_LIMIT:
            self._forget(self._channel.fileno())

    def _drain_control(self) -> None:
        self._report_bytes += self._read(self._control.fileno())
        *lines, self._report_bytes = self._report_bytes.split(b"\n")
        for line in lines:
            self.report |= json.loads(line)

    def _read(self, descriptor: int) -> bytes:
        """What waits there, up to BYTES_AT_ONCE; at the end it is forgotten."""
        try:
            data = os.read(descriptor, BYTES_AT_ONCE)
        except BlockingIOError:
            return b""
        except OSError:  # connection reset
            data = b""
        if not data:
            self._forget(descriptor)
        return data

    def _forget(self, descriptor: int) -> None:
        if descriptor in self._open:
            self._open.discard(descriptor)
            self._selector.unregister(descriptor)


def _checked_reply(line: bytes | bytearray, nonce: str) -> tuple[dict[str, Any], int]:
    """(reply, payload size) of a reply's JSON line. Raises Forged for anything else."""
    try:
        reply = json.loads(line)
        size = reply["payload"]
        answers_this = secrets.compare_digest(reply["nonce"], nonce)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Forged from error
    if not answers_this or type(size) is not int or not 0 <= size <= REPLY_LIMIT:
        raise Forged
    return reply, size
