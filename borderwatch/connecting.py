"""One guarded HTTP request to an address somebody typed: it cannot be turned against our own network.

The name is resolved once; only addresses that may be reached are tried, the very address found is connected to, and
the connected socket is asked whom it reached before a byte is sent. A name that answers differently a moment later
(rebinding) gains nothing. No proxy, no redirect, no cookie; of the answer status line and headers are read, no more,
and all of it within a set time, however slowly the other side drips.
"""

import http.client
import io
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import certifi
from django.conf import settings
from django.utils.translation import gettext_noop

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Seconds to connect (with TLS) and to have the whole head of the answer.
TIMEOUT = (3.0, 7.0)
# Bytes of the answer's head; a longer one is cut off.
ANSWER_MAX = 16 * 1024

# Where an endpoint of a government network may lie when an administrator names the range.
INTERNAL = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
# Addresses at which clouds hand keys and settings to whoever asks from inside; some lie in ranges allowed otherwise.
NEVER = tuple(map(ipaddress.ip_address, ("168.63.129.16", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200")))
# Public by the tables, and yet doors to somewhere else: relays of 6to4, and IPv6 that carries an IPv4 address.
_RELAYS = tuple(map(ipaddress.ip_network, ("192.88.99.0/24", "2002::/16", "2001::/32", "3fff::/20")))
_UNICAST = ipaddress.ip_network("2000::/3")
# A host of figures alone is an IPv4 address in disguise: 2130706433, 0177.0.0.1, 0x7f.1.
_FIGURES = re.compile(r"(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+))*\.?", re.IGNORECASE)


class Refused(Exception):
    """The address may not be connected to. The text says why; it is in English for the record, and translatable."""


class Unreachable(Exception):
    """No connection, or no answer in time."""


@dataclass(frozen=True)
class Answer:
    """The head of an answer."""

    status: int
    headers: Mapping[str, str]


def network(text: str) -> Network:
    """The range written as "10.20.0.0/16". Raises ValueError unless it lies inside the private ranges."""
    found = ipaddress.ip_network(text.strip())
    if not any(found.version == one.version and found.subnet_of(one) for one in INTERNAL):  # type: ignore[arg-type]
        raise ValueError(f"{found} is not inside a private range")
    return found


@dataclass(frozen=True)
class Guard:
    """Which addresses may be connected to: public ones over https, and those inside the named internal `networks`.

    `plain` lifts both rules; it is for the demo, whose receiver listens on the loopback.
    """

    networks: tuple[Network, ...] = ()
    plain: bool = False

    @classmethod
    def of(cls, networks: Iterable[str]) -> "Guard":
        """The guard for an endpoint with these internal ranges. ValueError for a range that is not private."""
        return cls(tuple(network(one) for one in networks), plain=settings.WEBHOOK_ALLOW_PLAIN)

    def allows(self, address: Address) -> bool:
        """Whether this very address may be reached; an IPv4 address inside an IPv6 one counts as what it is."""
        if self.plain:
            return True
        address = getattr(address, "ipv4_mapped", None) or address
        if address in NEVER:
            return False
        return is_public(address) or any(address.version == one.version and address in one for one in self.networks)

    def split(self, url: str) -> SplitResult:
        """The parts of an address that may be used. Raises Refused for every other form."""
        if re.search(r"[\s\x00-\x1f\x7f\\]", url):
            raise Refused(gettext_noop("the address holds blanks or signs that belong in no address"))
        try:
            parts = urlsplit(url)
            port, host = parts.port, parts.hostname
        except ValueError as error:
            raise Refused(gettext_noop("the address cannot be read")) from error
        if parts.scheme != "https" and not (self.plain and parts.scheme == "http"):
            raise Refused(gettext_noop("a webhook must be an https address"))
        if not host or port == 0:
            raise Refused(gettext_noop("the address names no host"))
        if parts.username is not None or parts.password is not None:
            raise Refused(gettext_noop("the address must hold no user name or password"))
        if parts.fragment:
            raise Refused(gettext_noop("the address must have no part behind #"))
        self._check_host(host)
        return parts

    def _check_host(self, host: str) -> None:
        try:
            literal = ipaddress.ip_address(host)
        except ValueError:
            if _FIGURES.fullmatch(host):
                raise Refused(gettext_noop("an address in figures is written as four numbers")) from None
            try:
                host.encode("idna")
            except UnicodeError:
                raise Refused(gettext_noop("the host's name is not one")) from None
            return
        if not self.allows(literal):
            raise Refused(gettext_noop("the address is not a public one"))


def is_public(address: Address) -> bool:
    """Whether everybody's networks reach it: globally routable, one receiver, no relay to somewhere else."""
    if not address.is_global or address.is_multicast or address.is_unspecified or address.is_reserved:
        return False
    if any(address.version == one.version and address in one for one in _RELAYS):
        return False
    return address.version == 4 or address in _UNICAST


def post(
    url: str, body: bytes, headers: Mapping[str, str], guard: Guard, timeout: tuple[float, float] | None = None
) -> Answer:
    """POST `body` and return the head of the answer. Raises Refused and Unreachable.

    `timeout`: seconds to connect, and from then on to the end of the answer's head.
    """
    parts = guard.split(url)
    connect_s, answer_s = timeout or TIMEOUT
    host = str(parts.hostname)
    kind = _Plain if parts.scheme == "http" else _Secure
    connection = kind(host, parts.port or kind.default_port, guard=guard, timeout=connect_s)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.connect()
        connection.deadline = time.monotonic() + answer_s
        connection.sock.settimeout(answer_s)
        connection.request("POST", _quoted(target), body, {**headers, "connection": "close"})
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()})
    except (OSError, http.client.HTTPException, ssl.SSLError, UnicodeError) as error:
        raise Unreachable(_words(error)) from error
    finally:
        connection.close()


def _quoted(target: str) -> str:
    """Letters of other scripts in a path as their bytes; what is quoted already stays."""
    return "".join(one if "!" <= one <= "~" else "".join(f"%{byte:02X}" for byte in one.encode()) for one in target)


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate: {error.verify_message}"
    if isinstance(error, socket.gaierror):
        return "the host is not known"
    return "timed out" if isinstance(error, TimeoutError) else type(error).__name__


class _Plain(http.client.HTTPConnection):
    """A connection that is made under the guard and whose answer is read against the clock."""

    deadline = float("inf")

    def __init__(self, host: str, port: int, *, guard: Guard, timeout: float) -> None:
        self.guard, self.patience = guard, timeout
        super().__init__(host, port, timeout=timeout)

    def connect(self) -> None:
        """Reach one of the addresses that may be reached."""
        self.sock = _reach(self.host, self.port, self.guard, time.monotonic() + self.patience)

    def response_class(self, sock: socket.socket, *args: Any, **kwargs: Any) -> http.client.HTTPResponse:  # type: ignore[override]
        """An answer of which no more is read than the head, and that within the time left."""
        answer = http.client.HTTPResponse(sock, *args, **kwargs)
        answer.fp.close()
        answer.fp = io.BufferedReader(_Head(sock, self.deadline))
        return answer


class _Secure(_Plain):
    """The same over TLS: the certificate must be the name's, whichever address was reached."""

    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        """Reach it, then shake hands under the host's name."""
        super().connect()
        context = ssl.create_default_context(cafile=certifi.where())
        if settings.WEBHOOK_CA_FILE:
            context.load_verify_locations(settings.WEBHOOK_CA_FILE)
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


class _Head(io.RawIOBase):
    """The bytes of a socket until a deadline, and no more than belong in a head."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline, self._left = sock, deadline, ANSWER_MAX

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if self._left <= 0:
            raise http.client.HTTPException("the head of the answer is too long")
        self._sock.settimeout(left)
        view = memoryview(buffer)[: self._left]
        size = self._sock.recv_into(view)
        self._left -= size
        return size


def _reach(host: str, port: int, guard: Guard, deadline: float) -> socket.socket:
    """A socket connected to one of the host's addresses, checked at both ends of the way."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    allowed = [one for one in found if guard.allows(ipaddress.ip_address(one[4][0]))]
    if not allowed:
        raise Refused(gettext_noop("the webhook's host is not a public address"))
    trouble: OSError = TimeoutError()
    for family, kind, protocol, _name, address in allowed:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(max(deadline - time.monotonic(), 0.05))
            sock.connect(address)
            _demand_peer(sock, guard)
        except OSError as error:
            sock.close()
            trouble = error
            continue
        except Refused:
            sock.close()
            raise
        return sock
    raise trouble


def _demand_peer(sock: socket.socket, guard: Guard) -> None:
    """Whom the socket really reached, asked before the first byte is sent."""
    peer: Sequence[Any] = sock.getpeername()
    if not guard.allows(ipaddress.ip_address(peer[0])):
        raise Refused(gettext_noop("the connection reached an address that is not public"))
