# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages that make, change and remove routes."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import Any, Optional

from ..._engine.state import Attrs, Key
from ..netlink.messages import DELROUTE, NEWROUTE, ROUTE_TYPES, RTMSG, RTNH_F_ONLINK, Message, now, packed
from ..netlink.socket import NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, attr, attr_u32
from .raw_routes import (
    NOWHERE,
    OTHER_TYPES,
    RTA_DST,
    RTA_EXPIRES,
    RTA_GATEWAY,
    RTA_OIF,
    RTA_PREFSRC,
    RTA_PRIORITY,
    RTA_TABLE,
    UNIVERSE,
    replayed,
    usual_scope,
)

_NUMBERS = {**ROUTE_TYPES, **{name: number for number, name in OTHER_TYPES.items()}}


def create(key: Key, state: Attrs, index: Callable[[str], int]) -> Optional[Message]:
    """Make a route, and none where one stands; those that stand beside others come behind, or before, the first.

    :param key: the object's key.
    :param state: the object's attributes.
    :param index: gives the number of a link.
    :returns: None for one whose lifetime is over.
    """
    number = key.number
    flags = NLM_F_CREATE | (NLM_F_EXCL if number == 1 else NLM_F_APPEND if number > 1 else 0)
    payload = _payload(key, state, index)
    return None if payload is None else (NEWROUTE, payload, flags)


def append(key: Key, state: Attrs, index: Callable[[str], int]) -> Optional[Message]:
    """Make a route beside others of its place.

    :param key: the object's key.
    :param state: the object's attributes.
    :param index: the index of a link by its name.
    """
    payload = _payload(key, state, index)
    return None if payload is None else (NEWROUTE, payload, NLM_F_CREATE | NLM_F_APPEND)


def replace(key: Key, state: Attrs, index: Callable[[str], int]) -> Optional[Message]:
    """Make a route in place of the one that stands there alone.

    :param key: the object's key.
    :param state: the object's attributes.
    :param index: the index of a link by its name.
    """
    payload = _payload(key, state, index)
    return None if payload is None else (NEWROUTE, payload, NLM_F_CREATE | NLM_F_REPLACE)


def delete(key: Key, state: Attrs, index: Callable[[str], int]) -> Message:
    """Remove this route and no other.

    :param key: the object's key.
    :param state: the object's attributes.
    :param index: the index of a link by its name.
    """
    payload = replayed(state, index) if state.get("raw") else _described(key, state, index, remove=True)
    return DELROUTE, payload, 0


def _payload(key: Key, state: Attrs, index: Callable[[str], int]) -> Optional[bytes]:
    if not state.get("raw"):
        return _described(key, state, index)
    payload = replayed(state, index)
    if state.get("until") is None:
        return payload
    left = round(state["until"] - now())
    return payload + attr_u32(RTA_EXPIRES, left) if left > 0 else None


def _described(key: Key, state: Attrs, index: Callable[[str], int], remove: bool = False) -> bytes:
    table, dst, metric = key.table, key.dst, key.metric
    host, _slash, length = dst.partition("/")
    data = packed(host)
    family = socket.AF_INET6 if len(data) == 16 else socket.AF_INET
    kind = _NUMBERS[state["type"]]
    scope = (
        NOWHERE
        if remove
        else usual_scope(kind, state.get("gateway") is not None)
        if family == socket.AF_INET
        else UNIVERSE
    )
    flags = RTNH_F_ONLINK if state.get("onlink") else 0
    near = table if table < 256 else 0
    payload = RTMSG.pack(family, int(length), 0, 0, near, state.get("protocol") or 0, scope, kind, flags)
    payload += attr_u32(RTA_TABLE, table)
    if int(length):
        payload += attr(RTA_DST, data)
    if state.get("gateway"):
        payload += attr(RTA_GATEWAY, packed(state["gateway"]))
    if state.get("src"):
        payload += attr(RTA_PREFSRC, packed(state["src"]))
    if state.get("dev"):
        payload += attr_u32(RTA_OIF, index(state["dev"]))
    if metric:
        payload += attr_u32(RTA_PRIORITY, metric)
    return payload


def alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two are the same route, whatever is left of their lifetimes.

    :param one: one of them.
    :param other: the attributes on the other side of the change, None where there are none.
    """
    names = ("type", "gateway", "dev", "src", "onlink", "protocol", "raw", "devs")
    return all((one.get(name) or None) == (other.get(name) or None) for name in names)
