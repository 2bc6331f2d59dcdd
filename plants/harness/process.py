"""The child process that holds a submission: asked over a private socket, drained, watched, killed.

Everything that comes from it is untrusted: sizes are capped, and a reply that is no JSON is a death.
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
from pathlib import Path

from plants.errors import HarnessError

TICK_SECONDS = 0.05
REPLY_LIMIT = 65 << 20  # bytes; child.py sends at most 64 MiB of .npy and a short line
SEND_BYTES = 1 << 20  # at once
KEPT_OUTPUT = 64 << 10  # bytes kept of the beginning and of the end of what is printed
LAST_WORDS_SECONDS = 2.0  # for a child that closed the channel, to end by itself
KILL_ROUNDS = 20  # a stray may start another while it is being looked for


class ChildEnded(Exception):
    """The child ended, or closed or garbled the channel, before it replied."""


class Forged(Exception):
    """What came over the channel was not written by child.py in answer to this request."""


class TimeIsUp(Exception):
    """The deadline passed before the child replied."""


class Output:
    """What a process printed: how much, and the beginning and end of it."""

    def __init__(self):
        self.total_bytes = 0
        self._head, self._tail = b"", b""

    def add(self, data):
        self.total_bytes += len(data)
        room = KEPT_OUTPUT - len(self._head)
        self._head += data[:room]
        self._tail = (self._tail + data[room:])[-KEPT_OUTPUT:]

    @property
    def text(self):
        """Beginning and end, with a line between them where something is left out."""
        left_out = self.total_bytes - len(self._head) - len(self._tail)
        gap = f"\n... {left_out} bytes left out ...\n".encode() if left_out else b""
        return (self._head + gap + self._tail).decode("utf-8", "replace")


class ChildProcess:
    """A program in a session of its own, with /dev/null as input. Use it as a context manager.

    `command` gets the number of its end of the channel as last argument. Leaving the context kills
    the process, its group, and what left the group but has the TMPDIR of `environment` in its own;
    a process that left both behind is not found. Raises HarnessError where it cannot be started.
    """

    def __init__(self, command, *, folder, environment):
        self.output = Output()
        self.peak_rss_bytes = None
        self._received, self._to_send = bytearray(), memoryview(b"")
        self._channel_is_open = True
        self._mark = os.fsencode(environment["TMPDIR"])
        self._channel, childs_end = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                [*command, str(childs_end.fileno())],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                pass_fds=[childs_end.fileno()],
                start_new_session=True,
            )
        except OSError as error:
            self._channel.close()
            raise HarnessError(f"cannot start {command[0]}: {error}") from error
        finally:
            childs_end.close()
        self._selector = selectors.DefaultSelector()
        self._watch(self._process.stdout, self._drain_output)
        self._watch(self._channel, self._drain_channel)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self._drain_output()
        self._selector.close()
        self._channel.close()
        self._process.stdout.close()

    @property
    def exit_code(self):
        """As subprocess gives it: None while it runs, negative for the signal that ended it."""
        return self._process.poll()

    def ask(self, request, payload=b"", *, deadline):
        """(reply, payload) of one request; `deadline` is on time.monotonic's clock.

        Raises ChildEnded, Forged or TimeIsUp.
        """
        nonce = secrets.token_hex(16)
        seconds = max(0.0, deadline - time.monotonic())
        header = {**request, "seconds": seconds, "payload": len(payload), "nonce": nonce}
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

    def kill(self):
        """Ends the process, its group and what left the group with its TMPDIR; safe to call twice."""
        with contextlib.suppress(ProcessLookupError, PermissionError):  # gone; macOS says the second
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for _ in range(KILL_ROUNDS):
            strays = list(_marked_processes(self._mark))
            if not strays:
                return
            for pid in strays:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _watch(self, source, drain):
        os.set_blocking(source.fileno(), False)
        self._selector.register(source, selectors.EVENT_READ, drain)

    def _wait(self, is_done, deadline):
        while not is_done():
            if time.monotonic() > deadline:
                raise TimeIsUp
            ended = self._process.poll() is not None  # asked before the last look at what it left
            self._send_some()
            pause = 0 if ended or self._to_send else TICK_SECONDS
            for key, _ in self._selector.select(timeout=pause):
                key.data()
            self._look_at_memory()
            if not is_done() and (ended or not self._channel_is_open):
                self._hear_last_words()
                raise ChildEnded

    def _send_some(self):
        """Writes what the socket takes at once; the child may be busy, or not listen at all."""
        if not self._to_send:
            return
        try:
            select.select([], [self._channel], [], TICK_SECONDS)
            self._to_send = self._to_send[self._channel.send(self._to_send[:SEND_BYTES]) :]
        except BlockingIOError:
            pass
        except OSError:  # closed at the other end
            self._to_send = memoryview(b"")

    def _hear_last_words(self):
        """Lets a child that closed the channel end by itself, for its exit code and output."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(LAST_WORDS_SECONDS)
        self._drain_output()

    def _drain_output(self):
        data = _read_available(self._process.stdout)
        if data:
            self.output.add(data)
        elif data == b"":
            self._forget(self._process.stdout)

    def _drain_channel(self):
        data = _read_available(self._channel)
        if data:
            self._received += data
        if data == b"" or len(self._received) > REPLY_LIMIT:
            self._channel_is_open = False
            self._forget(self._channel)

    def _forget(self, source):
        if source in self._selector.get_map():
            self._selector.unregister(source)

    def _look_at_memory(self):
        """Notes the child's peak; rusage will not do, it starts at the parent's own size."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:  # ended, or no Linux
            return
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                self.peak_rss_bytes = max(self.peak_rss_bytes or 0, int(line.split()[1]) * 1024)


def _read_available(source):
    """Up to 1 MiB that waits there; b"" at the end, None where nothing waits."""
    try:
        return os.read(source.fileno(), 1 << 20)
    except BlockingIOError:
        return None
    except OSError:  # connection reset
        return b""


def _checked_reply(line, nonce):
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


def _marked_processes(mark):
    """The processes whose environment holds `mark`, the run's own folder, which children inherit."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes():
                yield int(folder.name)
        except OSError:  # another user's, or gone
            continue
