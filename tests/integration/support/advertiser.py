# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router: it advertises itself and 2001:db8:a::/64 on the link that is named, each time that it reads a line."""

from __future__ import annotations

import socket
import struct
import sys

ROUTER_ADVERTISEMENT, PREFIX_INFORMATION = 134, 3
ON_LINK_AND_AUTONOMOUS = 0xC0
LIFETIME = 1800


def message() -> bytes:
    """The advertisement; the kernel fills in its checksum."""
    prefix = socket.inet_pton(socket.AF_INET6, "2001:db8:a::")
    head = struct.pack("!BBHBBHII", ROUTER_ADVERTISEMENT, 0, 0, 64, 0, LIFETIME, 0, 0)
    times = (LIFETIME, LIFETIME, 0)
    return head + struct.pack("!BBBBIII", PREFIX_INFORMATION, 4, 64, ON_LINK_AND_AUTONOMOUS, *times) + prefix


def main() -> None:
    """Advertise, and say so."""
    index = socket.if_nametoindex(sys.argv[1])
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as line:
        for option in (socket.IPV6_MULTICAST_HOPS, socket.IPV6_UNICAST_HOPS):
            line.setsockopt(socket.IPPROTO_IPV6, option, 255)
        line.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        for _line in sys.stdin:
            line.sendto(message(), ("ff02::1", 0, 0, index))
            print("advertised", flush=True)


if __name__ == "__main__":
    main()
