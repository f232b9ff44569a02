# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links, all of them; what is particular to veth pairs, bridges and others stands in :mod:`..links`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ...._engine.lab.host_state import State
from ...._engine.state import Change
from .phase import Gone, Made, Part

if TYPE_CHECKING:
    from ..reader import Reader
    from ..writer import Writer

#: what those who look after links leave behind as long as they were once started
_MANAGERS = ("/run/systemd/netif", "/run/NetworkManager")


def require(changes: list[Change]) -> None:
    """See that there is what their kinds need.

    :param changes: the changes.
    """
    from ..links import phases  # noqa: PLC0415 - only who writes needs them

    phases.require(changes)


def inside(reader: Reader, name: str) -> None:
    """Read who has the UDP ports that links are to have.

    :param reader: what reads the host.
    :param name: the namespace's name (str), ``""`` for the host's.
    """
    if name in reader.scope.udp:
        from ...netlink import udp  # noqa: PLC0415 - only VXLAN interfaces have ports

        reader.udp.update({(name, port): held for port, held in udp.owners(reader.scope.udp[name]).items()})


def complete(reader: Reader, state: State) -> None:
    """Add who looks after links of the host besides.

    :param reader: what reads the host.
    :param state: the state of the host, which takes it.
    """
    state.udp = reader.udp
    if reader.scope.host_links and any(map(os.path.isdir, _MANAGERS)):
        from .. import link_managers  # noqa: PLC0415 - few hosts need it

        state.managers = link_managers.look()


def _remove(writer: Writer, changes: list[Change]) -> None:
    from ..links import phases  # noqa: PLC0415 - only who writes needs them

    phases.remove(writer.session, changes, writer.known)
    writer.session.forget_links()


def _build(writer: Writer, changes: list[Change]) -> None:
    """Make and change links. Those with sysctls of their own stay down until these are written."""
    from ..links import phases  # noqa: PLC0415 - as above

    writer.session.hold({(change.key.netns, change.key.link or "") for change in writer.waiting("sysctl")})
    writer.links, writer.raised = changes, phases.raised_last(changes)
    phases.make(writer.session, changes, writer.after)


def _finish(writer: Writer, _changes: list[Change]) -> None:
    from ..links import phases  # noqa: PLC0415 - as above

    phases.finish(writer.session, writer.links, writer.after)


REMOVE = (Part(Gone.LINK, ("link",), _remove),)
BUILD = (Part(Made.LINK, ("link",), _build), Part(Made.RAISED, (), _finish))
