"""The guarded connection: what may be reached, on the address really connected to; how little of an answer counts."""

import ipaddress
import socket
import ssl
import subprocess
import threading
import time

import pytest

from borderwatch import connecting
from borderwatch.connecting import Guard, Refused, Unreachable

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
ANYWHERE = "0.0.0.0"  # noqa: S104 - an address to be refused
# A guard that would let production's rules reach this machine, so that a real server can answer.
HERE = Guard(networks=LOOPBACK)
PUBLIC = "93.184.215.14"


class Server:
    """Answers each connection with fixed bytes, in pieces when `drip` says how many seconds lie between two."""

    def __init__(self, answer: bytes, *, context: ssl.SSLContext | None = None, drip: float = 0.0) -> None:
        self.answer, self.context, self.drip = answer, context, drip
        self.requests: list[bytes] = []
        self.names: list[str] = []
        self._stop = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        if context is not None:
            context.sni_callback = lambda _sock, name, _context: self.names.append(name or "")
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                conn, _peer = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(conn,), daemon=True).start()

    def _answer(self, conn: socket.socket) -> None:
        try:
            if self.context is not None:
                conn = self.context.wrap_socket(conn, server_side=True)
            conn.settimeout(5)
            self.requests.append(conn.recv(65536))
            if not self.drip:
                conn.sendall(self.answer)
            for byte in self.answer if self.drip else b"":
                conn.sendall(bytes([byte]))
                if self._stop.wait(self.drip):
                    return
            self._stop.wait(0.2)
        except OSError:
            pass
        finally:
            conn.close()

    def close(self) -> None:
        self._stop.set()
        self._socket.close()


@pytest.fixture
def serve():
    servers = []

    def start(answer=b"HTTP/1.1 204 No Content\r\n\r\n", **more):
        servers.append(Server(answer, **more))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for hook.example.org that signs itself."""
    folder = tmp_path_factory.mktemp("tls")
    key, crt = folder / "key.pem", folder / "crt.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=hook.example.org",
         "-addext", "subjectAltName=DNS:hook.example.org", "-keyout", str(key), "-out", str(crt)],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, crt


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    return context


@pytest.fixture
def resolver(monkeypatch):
    """A resolver of the test's own: each look-up takes the next of these answers, the last one for ever."""
    asked = []

    def answers(*lists):
        def getaddrinfo(host, port, *_args, **_kwargs):
            found = lists[min(len(asked), len(lists) - 1)]
            asked.append(host)
            families = [(socket.AF_INET6 if ":" in one else socket.AF_INET, one) for one in found]
            return [(family, socket.SOCK_STREAM, 6, "", (one, port)) for family, one in families]

        monkeypatch.setattr(connecting.socket, "getaddrinfo", getaddrinfo)
        return asked

    return answers


@pytest.fixture
def dialled(monkeypatch):
    """Connections that are not made: only whom one would have reached is noted."""
    reached = []

    class Socket:
        def __init__(self, *_args):
            self.peer = None

        def settimeout(self, _seconds):
            pass

        def connect(self, address):
            self.peer = address
            reached.append(address[0])
            raise ConnectionRefusedError

        def close(self):
            pass

    monkeypatch.setattr(connecting.socket, "socket", Socket)
    return reached


# --- which addresses ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "127.8.8.8", ANYWHERE, "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "192.88.99.1", "168.63.129.16", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254",
        "fec0::1", "ff02::1", "2001:db8::1", "2002:a00:1::1", "2001::1", "64:ff9b::a00:1", "64:ff9b:1::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::10.0.0.1", "3fff::1",
    ],
)  # fmt: skip
def test_what_is_not_public_is_not_reached(text):
    assert not Guard().allows(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", [PUBLIC, "8.8.8.8", "2606:2800:21f:cb07::1", "::ffff:8.8.8.8"])
def test_public_addresses_are_reached(text):
    assert Guard().allows(ipaddress.ip_address(text))


def test_a_named_range_opens_itself_and_nothing_else():
    guard = Guard((connecting.network("10.20.0.0/16"), connecting.network("fd12::/16")))
    assert guard.allows(ipaddress.ip_address("10.20.3.4"))
    assert guard.allows(ipaddress.ip_address("::ffff:10.20.3.4"))
    assert guard.allows(ipaddress.ip_address("fd12::1"))
    for text in ("10.21.0.1", "127.0.0.1", "169.254.169.254", "fd13::1"):
        assert not guard.allows(ipaddress.ip_address(text))
    wide = Guard((connecting.network("fd00::/8"),))
    assert not wide.allows(ipaddress.ip_address("fd00:ec2::254"))


@pytest.mark.parametrize(
    "text",
    ["127.0.0.0/8", "169.254.0.0/16", "0.0.0.0/0", "8.8.8.0/24", "100.64.0.0/10", "10.1.0.0/8", "::1/128", "x", ""],
)
def test_only_private_ranges_can_be_named(text):
    with pytest.raises(ValueError, match=r".*"):
        connecting.network(text)


# --- which forms ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://hook.example.org/", "ftp://hook.example.org/", "//hook.example.org/", "hook.example.org", "https:///x",
        "https://user@hook.example.org/", "https://user:word@hook.example.org/", "https://@hook.example.org/",
        "https://hook.example.org@127.0.0.1/", "https://hook.example.org:0/", "https://hook.example.org:99999/",
        "https://hook.example.org:port/", "https://hook.example.org/#x", "https://hook.example.org/\r\nHost: x",
        "https://hook.example.org\\@127.0.0.1/", "https://hook example.org/", "https://2130706433/",
        "https://0177.0.0.1/", "https://0x7f.0.0.1/", "https://0x7f000001/", "https://127.1/", "https://127.0.0.1/",
        "https://127.0.0.1./", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[fe80::1%25eth0]/",
        "https://0.0.0.0/", "https://0/", "https://[::1/", "https://" + "a" * 300 + ".org/",
    ],
)  # fmt: skip
def test_every_other_form_of_an_address_is_refused_before_anything_is_looked_up(url, resolver):
    asked = resolver([PUBLIC])
    with pytest.raises(Refused):
        connecting.post(url, b"{}", {}, Guard())
    assert asked == []


def test_another_port_than_443_may_be_named(resolver, dialled):
    resolver([PUBLIC])
    with pytest.raises(Unreachable):
        connecting.post("https://hook.example.org:8443/x", b"{}", {}, Guard())
    assert dialled == [PUBLIC]


# --- which connection -----------------------------------------------------------------------------------------


def test_a_name_that_answers_differently_a_moment_later_gains_nothing(resolver, dialled):
    """Rebinding: public at the first look-up, the machine itself at the second. There is no second."""
    asked = resolver([PUBLIC], ["127.0.0.1"])
    with pytest.raises(Unreachable):
        connecting.post("https://hook.example.org/", b"{}", {}, Guard())
    assert asked == ["hook.example.org"]
    assert dialled == [PUBLIC]
    with pytest.raises(Refused):
        connecting.post("https://hook.example.org/", b"{}", {}, Guard())
    assert dialled == [PUBLIC]


def test_of_several_answers_only_those_are_tried_that_may_be_reached(resolver, dialled):
    resolver(["127.0.0.1", PUBLIC, "::1", "10.0.0.1", "8.8.8.8"])
    with pytest.raises(Unreachable):
        connecting.post("https://hook.example.org/", b"{}", {}, Guard())
    assert dialled == [PUBLIC, "8.8.8.8"]


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], [ANYWHERE], ["100.64.1.1"], ["10.1.1.1"]]
)
def test_a_name_that_leads_inside_is_refused(found, resolver, dialled):
    resolver(found)
    with pytest.raises(Refused, match="not a public address"):
        connecting.post("https://hook.example.org/", b"{}", {}, Guard())
    assert dialled == []


def test_the_socket_is_asked_whom_it_reached_before_a_byte_is_sent(serve, tls, resolver, monkeypatch):
    """Whatever lies between: the far end says it is the loopback, so nothing is sent."""
    server = serve(context=tls)
    resolver([PUBLIC])
    real = socket.socket

    class Led(real):
        def connect(self, _address):
            super().connect(("127.0.0.1", server.port))

    monkeypatch.setattr(connecting.socket, "socket", Led)
    with pytest.raises(Refused, match="reached"):
        connecting.post("https://hook.example.org/", b"secret", {}, Guard())
    time.sleep(0.1)
    assert server.requests == []


def test_the_name_is_shaken_hands_with_and_its_certificate_checked(serve, tls, certificate, resolver, settings):
    server = serve(context=tls)
    resolver(["127.0.0.1"])
    with pytest.raises(Unreachable, match="certificate"):
        connecting.post(f"https://hook.example.org:{server.port}/in", b"{}", {}, HERE)
    settings.WEBHOOK_CA_FILE = str(certificate[1])
    with pytest.raises(Unreachable, match="certificate"):
        connecting.post(f"https://other.example.org:{server.port}/in", b"{}", {}, HERE)
    assert server.requests == []
    answer = connecting.post(f"https://hook.example.org:{server.port}/in?a=1", b'{"a":1}', {"x-a": "b"}, HERE)
    assert answer.status == 204
    (request,) = server.requests
    assert request.startswith(b"POST /in?a=1 HTTP/1.1\r\n")
    assert f"Host: hook.example.org:{server.port}".encode() in request
    assert server.names[-1] == "hook.example.org"


# --- how little of an answer counts ---------------------------------------------------------------------------


def plain(server, path="/", **more):
    return connecting.post(f"http://127.0.0.1:{server.port}{path}", b"{}", {}, Guard(plain=True), **more)


def test_an_answer_that_drips_is_given_up_in_time(serve):
    server = serve(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: yes\r\n" * 50, drip=0.05)
    began = time.monotonic()
    with pytest.raises(Unreachable, match="timed out"):
        plain(server, timeout=(1.0, 0.6))
    assert time.monotonic() - began < 2


def test_an_answer_without_end_is_cut_off(serve):
    server = serve(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 900) for n in range(60)))
    with pytest.raises(Unreachable):
        plain(server)


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"SSH-2.0-OpenSSH_9\r\n"])
def test_what_is_no_http_is_no_answer(answer, serve):
    with pytest.raises(Unreachable):
        plain(serve(answer))


def test_a_path_in_khmer_letters_is_sent_as_bytes(serve):
    server = serve()
    assert plain(server, "/ទទួល%20x").status == 204
    assert server.requests[0].startswith(b"POST /%E1%9E%91%E1%9E%91%E1%9E%BD%E1%9E%9B%20x HTTP/1.1")
