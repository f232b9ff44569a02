# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a lab's addresses and ports from being translated though its table stands. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ...finding import Finding
from ...state import NFT_TABLE, Objects
from ..kinds.nat import ForwardKey, MasqueradeKey, NatTableKey
from ..record import Record
from . import elements as nat_elements
from . import nat
from . import table as nat_table

_AGAIN = "Run the lab's task again: it repairs that."


def findings(record: Record, objects: Objects) -> Iterator[Finding]:
    """What is wrong with the translation of a lab.

    :param record: the lab's record.
    :param objects: what stands of the lab.
    """
    asked = dict.fromkeys(sorted(key.netns for key in record.made if isinstance(key, (ForwardKey, MasqueradeKey))))
    for netns in asked:
        key = NatTableKey(netns)
        attrs = objects.get(key)
        if attrs is None:
            continue
        amiss = nat.amiss(attrs, nat_table.WANTED)
        if amiss:
            yield Finding(record.lab, "do NAT", amiss, key.describe(), _AGAIN)
        for text in attrs.get("in_front", ()):
            _rule, handle, _of, chain = text.split(" ")
            remedy = f"nft delete rule inet {NFT_TABLE} {chain} handle {handle}, or place it last."
            cause = "a foreign rule comes before its own in the same chain"
            path = "do NAT"
            yield Finding(record.lab, path, cause, f"{key.describe()}, {text}", remedy, "warning")
    for key in sorted((key for key in record.made if isinstance(key, ForwardKey) and key in objects), key=str):
        cause = nat_elements.amiss(key, objects[key])
        if cause:
            name = key.describe().partition(" ")[2]
            yield Finding(name, "forward all of its ports", cause, NatTableKey(key.netns).describe(), _AGAIN)
