# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list ``bridges``. Pure."""

from __future__ import annotations

from typing import NamedTuple, Optional

from .. import values
from ..reading import Options, Spec
from . import end
from .kind import PORTS, Kind, nothing, unchecked

SPEC: Spec = {
    **{name: form for name, form in end.SPEC.items() if name != "bridge"},
    "stp": {"type": "bool"},
    "forward_delay": {"type": "int"},
    "vlan_filtering": {"type": "bool"},
}


class Bridge(NamedTuple):
    """A bridge; the ``mac`` of its ``end`` is pinned by us where it is None, the kernel's where it is ``auto``."""

    where: str
    end: end.End
    stp: Optional[bool]
    forward_delay: Optional[int]
    vlan_filtering: Optional[bool]


def read(where: str, given: Options) -> Bridge:
    """Read an entry (options filled in).

    :param where: the entry, for an error (str).
    :param given: its options (dict).
    """
    delay = given["forward_delay"]
    if delay is not None:
        low = 2 if given["stp"] else 0
        delay = values.integer(f"{where}.forward_delay", delay, low, 30, "seconds (0 to 1 only without stp)")
    return Bridge(where, end.read(where, given, auto=True), given["stp"], delay, given["vlan_filtering"])


KIND = Kind(
    option="bridges",
    module="bridge",
    spec=SPEC,
    required=(),
    by_name=True,
    read=read,
    namespaces=end.netns_of_entry,
    ends=end.of_entry,
    addresses=nothing,
    joins=nothing,
    once=nothing,
    renamed=end.entry_renamed,
    check=unchecked,
    placed=PORTS,
    steers=False,
)
