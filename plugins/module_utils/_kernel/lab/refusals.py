# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's refusal of a change in words: of what, why, and what the user can do about it."""

from __future__ import annotations

import errno

from ..._engine.lab.kinds.address import AddressKey
from ..._engine.lab.kinds.link import LinkKey
from ..._engine.lab.kinds.paths import DirectoryKey, FileKey
from ..._engine.lab.kinds.route import RouteKey
from ..._engine.lab.kinds.sysctl import SysctlKey
from ..._engine.state import Change
from ..._model import errors
from ..system.refusals import FULL, found, remedy, room

#: what brings a feature, where it is no module of the name of a link's kind
_MODULES = {"vlan_filtering": "CONFIG_BRIDGE_VLAN_FILTERING"}


class Refused(Exception):
    """A change that the kernel refused, with the error for the user, and the kernel's errno where there is one.

    :param change: the change.
    :param error: the error for the user.
    :param number: the errno (int), 0 where there is none.
    """

    def __init__(self, change: Change, error: errors.LabError, number: int = 0) -> None:
        super().__init__(str(error))
        self.change, self.error, self.errno = change, error, number


def refusal(change: Change, exc: OSError) -> Refused:
    """The kernel's refusal of a change in words.

    :param change: the change.
    :param exc: the kernel's refusal.
    """
    verb = "remove" if change.after is None else "make" if change.before is None else "change"
    wanted = f"to {verb} it"
    if isinstance(change.key, SysctlKey) and change.after is not None:
        wanted = f"{change.key.name} = {change.after['value']}"
    elif change.before is not None and change.after is not None:
        before, after = change.before, change.after
        values = [f"{name} {value}" for name, value in after.items() if before.get(name) != value]
        wanted += f" ({', '.join(values)})"
    said = found(exc)
    if exc.errno == errno.EOPNOTSUPP and isinstance(change.key, LinkKey):
        lacking = _lacking(change)
        module = _MODULES.get(lacking, f"the module {lacking}" if (change.after or {}).get("kind") else lacking)
        advice = f"Load the module or use a kernel with it, or omit it ({module})."
        return Refused(change, errors.Dependency(change.key.describe(), wanted, f"a kernel without {lacking}", advice))
    advice = remedy(exc, "See the kernel's words.")
    if exc.errno in FULL and isinstance(change.key, (FileKey, DirectoryKey)):
        advice = room(change.key.path)
    kind = errors.Permission if exc.errno in (errno.EPERM, errno.EACCES) else errors.Kernel
    if exc.errno == errno.EACCES and isinstance(change.key, (AddressKey, RouteKey)) and change.key.six:
        kind = errors.Kernel  # who may not do it is told EPERM
        advice = "IPv6 is disabled on this link: set disable_ipv6 to 0 (net.ipv6.conf.LINK.disable_ipv6), or omit this."
    return Refused(change, kind(change.key.describe(), wanted, said, advice), exc.errno or 0)


def _lacking(change: Change) -> str:
    after = change.after or {}
    if after.get("vlan_filtering") and not (change.before or {}).get("vlan_filtering"):
        return "vlan_filtering"
    return str(after.get("kind") or "this kind of link")
