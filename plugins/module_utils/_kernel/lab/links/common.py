# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written of links of every kind: MTU, MAC address, group, bridge, the options of its port, up."""

from __future__ import annotations

from contextlib import suppress

from ...._engine.state import Attrs, Change
from ...._model.addressing import IPV6_MTU
from ...netlink import messages, netns, sysctl
from ..session import Session
from .kind import Differences

#: what the message that makes a link has of it, whatever its kind
BORN_WITH = ("mtu", "mac", "group")
#: what a port that has just joined its bridge has
_PORT_BORN = {"hairpin": False, "isolated": False, "learning": True, "flood": True}


def make_alone(session: Session, change: Change, differs: Differences, own: bytes) -> None:
    """Make a link of one end and raise it.

    :param session: what sends messages and notes what was made.
    :param change: the change that makes it.
    :param differs: what differs; each attribute is taken out of it as it is written.
    :param own: what its kind adds to the message, as attributes.
    """
    _sort, name, link = change.key
    differs.take_all(*BORN_WITH)
    session.queue(name, messages.new_link(link, change.after or {}, own), change)
    session.flush(name)
    settle(session, change, differs)
    put_in_place(session, change, differs)
    session.flush(name)


def settle(session: Session, change: Change, differs: Differences) -> None:
    """Say how a new link of one end makes its own IPv6 address, which has to be before it is raised.

    :param session: what sends messages and notes what was made.
    :param change: the change that made it.
    :param differs: what differs; each attribute is taken out of it as it is written.
    """
    _sort, name, link = change.key
    attrs = change.after or {}
    if differs.take("addrgenmode"):
        session.queue(name, messages.set_gen_mode(link, attrs["addrgenmode"]), change)
    without_dad(name, link, attrs)


def put_in_place(session: Session, change: Change, differs: Differences) -> None:
    """Give a new link of one end its bridge and raise it.

    :param session: what sends messages and notes what was made.
    :param change: the change that made it.
    :param differs: what differs; each attribute is taken out of it as it is written.
    """
    _sort, name, link = change.key
    attrs = change.after or {}
    if differs.take("bridge") and attrs["bridge"]:
        session.queue(name, messages.set_master(link, session.index(name, attrs["bridge"])), change)
    if differs.take("up") and attrs["up"]:
        session.raise_link(name, link, change)


def without_dad(name: str, link: str, attrs: Attrs) -> None:
    """Let a new link's own IPv6 address be good at once: nobody else can have it, and packets would wait for it.

    :param name: its namespace.
    :param link: its name.
    :param attrs: the object's attributes.
    """
    if attrs.get("addrgenmode") == "none":
        return
    with netns.entered(name), suppress(FileNotFoundError):
        sysctl.write(f"net.ipv6.conf.{link.replace('.', '/')}.accept_dad", "0")


def change_link(session: Session, change: Change, differs: Differences) -> None:
    """Write what differs of a link that stands, but for its being up and its options as a port.

    :param session: what sends messages and notes what was made.
    :param change: the change.
    :param differs: what differs; each attribute is taken out of it as it is written.
    """
    _sort, name, link = change.key
    before, after = change.before or {}, change.after or {}
    if differs.take("mtu"):
        session.queue(name, messages.set_mtu(link, after["mtu"]), change)
        if before["mtu"] < IPV6_MTU <= after["mtu"] and after.get("addrgenmode"):
            session.queue(name, messages.set_gen_mode(link, after["addrgenmode"]), change)
    if differs.take("group"):
        session.queue(name, messages.set_group(session.index(name, link), after["group"]), change)
    if differs.take("mac"):
        session.queue(name, messages.set_mac(link, after["mac"]), change)
    if differs.take("addrgenmode"):
        session.queue(name, messages.set_gen_mode(link, after["addrgenmode"]), change)
    if differs.take("bridge"):
        bridge = session.index(name, after["bridge"]) if after["bridge"] else 0
        session.queue(name, messages.set_master(link, bridge), change)


def set_up(session: Session, change: Change, differs: Differences) -> None:
    """Raise a link that stands, or take it down, where that differs.

    :param session: what sends messages and notes what was made.
    :param change: the change.
    :param differs: what differs; each attribute is taken out of it as it is written.
    """
    _sort, name, link = change.key
    if not differs.take("up"):
        return
    if (change.after or {})["up"]:
        session.raise_link(name, link, change)
    else:
        session.queue(name, messages.set_up(link, False), change)


def port_options(session: Session, change: Change, differs: Differences) -> None:
    """Write the options of a bridge's port that differ, those of a port that has just joined too.

    :param session: what sends messages and notes what was made.
    :param change: the change.
    :param differs: what differs; each attribute is taken out of it as it is written.
    """
    _sort, name, link = change.key
    before, after = change.before or {}, change.after or {}
    differs.take_all(*messages.PORT_OPTIONS)
    stays = change.before is not None and before.get("bridge") == after.get("bridge")
    had = before if stays else _PORT_BORN
    wanted = {each: after[each] for each in messages.PORT_OPTIONS if after.get(each) not in (None, had.get(each))}
    if wanted:
        session.flush(name)
        session.queue(name, messages.set_port(session.index(name, link), wanted), change)
        session.flush(name)
