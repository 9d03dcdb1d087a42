"""The guard against requests to inside: hosts are checked by name and by what the name resolves to.

A webhook address is chosen by a user; without a guard it would let them reach the metadata service of a
cloud, a router or a database next to us. For plain http the connection is made to the very address that was
checked. For https the host stays a name, because the certificate is checked against it; a name that changes
its address between our check and the connection can therefore cause a TLS handshake with an inner host, and
no more: without a certificate for the name nothing is sent.
"""

import ipaddress
import re
import socket

from konbit.errors import KonbitError, UserError

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_INNER_SUFFIXES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")
# Cloud metadata services outside the link-local range.
_METADATA = frozenset(
    ipaddress.ip_address(text) for text in ("100.100.100.200", "168.63.129.16", "192.0.0.192")
)


class ForbiddenHost(UserError):
    """Messages are not sent to this host."""


class UnknownHost(KonbitError):
    """The name of the host does not resolve at the moment."""


def canonical_host(host: str, *, allow_loopback: bool = False, allow_private: bool = False) -> str:
    """The host in lower case, as a name or an address in its one spelling.

    Raises `ForbiddenHost` for an inner name or address and for the many other spellings of an IPv4 address
    (decimal, octal, hexadecimal, shortened), which resolvers take and readers do not see.
    """
    lowered = host.lower().rstrip(".")
    literal = _literal(lowered)
    if literal is not None:
        check_address(literal, allow_loopback=allow_loopback, allow_private=allow_private)
        return str(literal)
    labels = lowered.split(".")
    if not lowered.isascii() or len(lowered) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ForbiddenHost("the host is not a name or an address; write names in their ASCII form (xn--)")
    if _NUMERIC.fullmatch(labels[-1]):
        raise ForbiddenHost("the host is not a name or an address; write an IPv4 address as four numbers")
    if lowered == "localhost" and allow_loopback:
        return lowered
    if not allow_private and (len(labels) == 1 or labels[-1] in _INNER_SUFFIXES):
        raise ForbiddenHost("the host is inside this network; messages go to public hosts only")
    return lowered


def check_address(address: IpAddress, *, allow_loopback: bool = False, allow_private: bool = False) -> None:
    """Raises `ForbiddenHost` unless a message may be sent to `address` and any IPv4 address inside it."""
    for inner in (address, *_embedded(address)):
        if inner.is_loopback:
            if allow_loopback and inner == address:
                return
            raise ForbiddenHost("the host is this machine; messages go to other hosts only")
        if inner in _METADATA or inner.is_link_local or inner.is_multicast or inner.is_unspecified:
            raise ForbiddenHost("the host is a link-local, multicast or metadata address")
        if not inner.is_global and not (allow_private and inner.is_private and not inner.is_reserved):
            raise ForbiddenHost(
                "the host is inside a private or reserved network; messages go to public hosts only"
            )


def resolve(host: str, port: int, *, allow_loopback: bool = False, allow_private: bool = False) -> list[str]:
    """The addresses of `host`, as texts.

    Raises `ForbiddenHost` if any one of them is forbidden, and `UnknownHost` if there is none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnknownHost from None
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    for text in addresses:
        check_address(ipaddress.ip_address(text), allow_loopback=allow_loopback, allow_private=allow_private)
    if not addresses:
        raise UnknownHost
    return addresses


def _literal(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _embedded(address: IpAddress) -> list[IpAddress]:
    """The IPv4 addresses that an IPv6 address carries: mapped, compatible, 6to4, Teredo and NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[IpAddress] = []
    if address.ipv4_mapped is not None:
        found.append(address.ipv4_mapped)
    if address.sixtofour is not None:
        found.append(address.sixtofour)
    if address.teredo is not None:
        found.extend(address.teredo)
    carries = any(address in net for net in (_NAT64, _NAT64_LOCAL, _IPV4_COMPATIBLE))
    if carries and not (address.is_loopback or address.is_unspecified):
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return found
