# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of nftables, as nft lists them."""

from __future__ import annotations

from typing import Any

from ..netlink import nf_tables
from ..system import nft


def ruleset(chains: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tables of others with their chains and rules; a dormant table does nothing.

    The JSON of nft 1.0.6 breaks off at a table with flags, so where there is one the tables are asked for one by one.

    :param chains: the chains of others.
    """
    flags = nf_tables.flagged()
    if not flags:
        return nft.listed("list", "ruleset")
    found: list[dict[str, Any]] = []
    for family, table in dict.fromkeys((told["family"], told["table"]) for told in chains):
        if (family, table) not in flags:
            found += nft.listed("list", "table", family, table)
        elif not flags[family, table] & nf_tables.DORMANT:
            names = [told["name"] for told in chains if (told["family"], told["table"]) == (family, table)]
            for name in names:
                found += nft.listed("list", "chain", family, table, name)
    return found
