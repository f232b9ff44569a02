# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bridges and VXLAN interfaces of a lab that somebody renamed: found by MAC address or VNI. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

from ..._model.lab import topology as model
from ..state import Attrs, Key, is_marked, place
from .host_state import State
from .kinds.link import LinkKey
from .kinds.netns import NetnsKey
from .ledger import Ledger
from .links import table as link_kinds
from .want import Want
from .wanted import wanted


@dataclass
class Found:
    """What became of links that a lab made and that are not there under their names.

    ``now`` has their keys of now by those of the record, ``unsure`` the keys of those that may be one of several.
    """

    now: dict[Key, Key] = field(default_factory=dict)
    unsure: dict[Key, list[Key]] = field(default_factory=dict)

    def warnings(self) -> list[str]:
        """What to tell of those that may have another name."""
        told = []
        for key, others in sorted(self.unsure.items()):
            names = ", ".join(place(other.netns, other.name) for other in others)
            back = f"ip link set dev {others[0].name} down, ip link set dev {others[0].name} name {key.name}"
            told.append(
                f"{key.describe()} is on record but does not exist, and {names} has the mark of netns.lab but is "
                f"in no record: if it was renamed, rename it back ({back}) and run again, or remove it"
            )
        return told


def find(state: State, ledger: Ledger, looked_for: set[Key], seed: str) -> Found:
    """Look for links that the lab made among those that bear our mark and are on no record.

    :param state: what was read of the host.
    :param ledger: who made what, as the lab sees it.
    :param looked_for: the keys that the state was read for.
    :param seed: what tells this host from others, for addresses that are made up (str).
    """
    found = Found()
    own = ledger.own
    missing = [
        key for key in own.made if isinstance(key, LinkKey) and _is_missing(key, state, ledger) and key in looked_for
    ]
    known = {key for record in (own, *ledger.others) for key in record.made} if missing else set()
    loose = {
        key: attrs
        for key, attrs in (state.objects.items() if missing else ())
        if isinstance(key, LinkKey) and _is_known(attrs) and is_marked(attrs) and key not in known
    }
    if not loose:
        return found
    wants = wanted(model.parse(own.definition), seed)
    for key in sorted(missing):
        near = {other: attrs for other, attrs in loose.items() if other.netns == key.netns}
        same = [other for other, attrs in near.items() if _is_same(key, wants.get(key), attrs, seed)]
        kind = wants[key].attrs.get("kind") if key in wants else None
        alike = [other for other, attrs in near.items() if kind in (None, attrs["kind"])]
        if len(same) == 1:
            found.now[key] = same[0]
            del loose[same[0]]
        elif alike:
            found.unsure[key] = alike
    return found


def _is_missing(key: Key, state: State, ledger: Ledger) -> bool:
    """Whether a link is not in its namespace, which stands and is still the one that it was made in."""
    netns = key.netns
    if key in state.objects or (netns and NetnsKey(netns) not in state.objects):
        return False
    return not netns or NetnsKey(netns) not in ledger.own.made or ledger.owns_netns(netns)


def _is_known(attrs: Attrs) -> bool:
    """Whether a link is of a kind that can be told from others by more than its name."""
    kind = link_kinds.find(attrs)
    return kind is not None and kind.is_same is not None


def _is_same(key: Key, want: Optional[Want], attrs: Attrs, seed: str) -> bool:
    is_same = link_kinds.of(attrs["kind"]).is_same
    return is_same is not None and is_same(key, want, attrs, seed)
