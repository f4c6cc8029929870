# SPDX-License-Identifier: MIT
"""The servers that are compared: how each is started and what it serves."""
import getpass
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from . import places, processes

FILES = 20000  # open files of a server at most
PATIENCE = 60  # s; valgrind is slow
CLOSING = 5    # s


def _ours(s):
    workers = "0" if s.alone else "1"
    return [places.SERVER, s.service, s.port, workers, s.www, *s.extra]


def _ours_tls(s):
    workers = "0" if s.alone else "1"
    return [places.SERVER, s.service, s.port, workers, s.www, s.cert, s.key,
            *s.extra]


def _floor(loop):
    def argv(s):
        tls = [s.cert, s.key] if s.tls else []
        return [places.FLOOR, loop, s.service, s.port, s.www, *tls]
    return argv


def _nginx(s):
    alone = ["-g", "master_process off;"] if s.alone else []
    return ["nginx", "-p", s.run, "-e", f"{s.run}/nginx.log",
            "-c", s.configured("nginx.conf"), *alone]


def _h2o(s):
    return ["h2o", "-m", "worker", "-c", s.configured("h2o.conf")]


def _lws(s):
    return [places.LWS, s.port]


# name: (label, program, {services}, argv, workloads that it has no answer for)
ALL = {
    "floor": ("floor: epoll", places.FLOOR,
              {"http", "https", "ws", "wss", "line", "frame"},
              _floor("epoll"), set()),
    "event": ("floor: libevent", places.FLOOR,
              {"http", "https", "ws", "wss", "line", "frame"},
              _floor("event"), set()),
    "ours": ("workerman-c", places.SERVER, None, _ours, set()),
    "nginx": ("nginx", "nginx", {"http", "https"}, _nginx, {"H4"}),
    "h2o": ("h2o", "h2o", {"http", "https"}, _h2o, {"H4"}),
    "lws": ("libwebsockets", places.LWS, {"http", "ws"}, _lws,
            {"H3", "H4", "H5s", "H5b", "W3", "W3p"}),
}


def label(name):
    return ALL[name][0]


def serves(name, workload):
    """Whether that server is here and has an answer to the workload."""
    _, program, services, _, not_these = ALL[name]
    service = places.workloads()[workload]["service"]
    if shutil.which(str(program)) is None:
        return False
    if services is None:
        services = places.our_protocols()
    return service in services and workload not in not_these


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A running one; `with` ends it. `alone`: no master where that can be;
    `prefix`: a program that runs it; `extra`: more arguments (ours)."""

    def __init__(self, name, service, cpus=None, alone=False, prefix=(),
                 extra=(), env=None):
        self.name, self.service = name, service
        self.tls = service in ("https", "wss")
        self.alone, self.extra = alone, list(extra)
        self.cpus = cpus
        self.run = tempfile.mkdtemp(prefix=f"wm-bench-{name}-")
        self.www = f"{self.run}/www"
        self.cert, self.key = f"{self.run}/cert.pem", f"{self.run}/key.pem"
        self.port = str(free_port())
        self._write_files()
        argv = _ours_tls if name == "ours" and self.tls else ALL[name][3]
        self._start([*prefix, *argv(self)], env or {})

    def _write_files(self):
        os.mkdir(self.www)
        os.chmod(self.run, 0o755)
        subprocess.run([places.LOAD, "files", self.www], check=True)
        # For those who have files only.
        Path(self.www, "plaintext").write_text("Hello, World!")
        Path(self.www, "json").write_text('{"message":"Hello, World!"}')
        if self.tls:
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                 "/CN=localhost", "-keyout", self.key, "-out", self.cert],
                check=True, capture_output=True)

    def configured(self, name):
        """The path of a peer's configuration, filled in."""
        values = {"RUN": self.run, "PORT": self.port, "WWW": self.www,
                  "CERT": self.cert, "KEY": self.key, "FILES": str(FILES),
                  "CONNECTIONS": str(FILES - 100),
                  "USER": getpass.getuser(),
                  "SSL": "ssl" if self.tls else "",
                  "TLS": "" if self.tls else "#"}
        text = (places.PEERS / name).read_text()
        for key, value in values.items():
            text = text.replace(f"@{key}@", value)
        path = Path(self.run, name)
        path.write_text(text)
        return str(path)

    def _before_exec(self):
        if self.cpus is not None:
            os.sched_setaffinity(0, self.cpus)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE,
                           (min(FILES, hard), hard))

    def _start(self, argv, env):
        self.output = open(f"{self.run}/output", "w+")
        self.process = subprocess.Popen(
            [str(a) for a in argv], preexec_fn=self._before_exec,
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output,
            start_new_session=True, env={**os.environ, "TMPDIR": self.run,
                                         **env})
        end = time.monotonic() + PATIENCE
        while not self._listens():
            if self.process.poll() is not None or time.monotonic() > end:
                said = Path(self.run, "output").read_text()
                self.stop()
                raise RuntimeError(f"{self.name} does not start:\n{said}")
            time.sleep(0.02)

    def _listens(self):
        try:
            socket.create_connection(("127.0.0.1", int(self.port)), 1).close()
            return True
        except OSError:
            return False

    def pids(self):
        return processes.family(self.process.pid)

    def _sockets(self):
        return sum(processes.sockets(pid) for pid in self.pids())

    @contextmanager
    def all_left(self):
        """At its end, the server has closed what it accepted meanwhile, so
        that this is not counted with what comes next. Some keep a few open
        (h2o with TLS): after a while that is how they are."""
        before = self._sockets()
        yield
        end = time.monotonic() + CLOSING
        while self._sockets() > before and time.monotonic() < end:
            time.sleep(0.01)

    def stop(self):
        """Politely, then not."""
        pids = self.pids()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        for pid in pids:
            if processes.alive(pid):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        self.process.wait()
        self.output.close()
        shutil.rmtree(self.run, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
