# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server and a client for one question: who does the other side see? Run as a program inside a sandbox.

``packets.py serve tcp ADDRESS PORT [ANSWER]`` prints ``ready`` once it listens and answers every peer with the address
it sees, or as it is told.
``packets.py ask tcp ADDRESS PORT TIMEOUT [SOURCE [SOURCE_PORT]]`` prints one JSON object: ``answer``, or ``error``, an
errno's name.
"""

from __future__ import annotations

import contextlib
import errno
import json
import socket
import sys

KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def serve(protocol: str, address: str, port: int, answer: str = "") -> None:
    """Answer every connection or datagram with the address of its sender, or as told, for ever."""
    listener = socket.socket(_family(address), KINDS[protocol])
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    if protocol == "tcp":
        listener.listen()
    print("ready", flush=True)
    while True:
        if protocol == "tcp":
            connection, peer = listener.accept()
            with connection:
                connection.sendall((answer or peer[0]).encode())
        else:
            _data, peer = listener.recvfrom(64)
            with contextlib.suppress(OSError):  # there may be no way back
                listener.sendto((answer or peer[0]).encode(), peer)


def ask(
    protocol: str, address: str, port: int, timeout: float, source: str = "", source_port: str = "0"
) -> dict[str, str]:
    """Connect or send one datagram and return the answer, or the name of the error."""
    with socket.socket(_family(address), KINDS[protocol]) as client:
        client.settimeout(timeout)
        try:
            if source:
                client.bind((source, int(source_port)))
            client.connect((address, port))
            if protocol == "udp":
                client.send(b"?")
            return {"answer": client.recv(64).decode()}
        except TimeoutError:
            return {"error": "ETIMEDOUT"}
        except OSError as error:
            return {"error": errno.errorcode.get(error.errno or 0, str(error))}


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "serve":
        serve(rest[0], rest[1], int(rest[2]), *rest[3:])
    else:
        print(json.dumps(ask(rest[0], rest[1], int(rest[2]), float(rest[3]), *rest[4:])))
