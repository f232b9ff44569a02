# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forms of entries, each written once: as the options of its module and as the suboptions of ``topology``.

Marks in their texts, resolved by :func:`form`:

- ``O(@mtu)`` names an option of the same entry, wherever the entry stands;
- a line that ends with ``#single`` is for the single module only;
- a line that ends with ``#nested`` is for the nested form only.
"""

from __future__ import annotations

NETNS_OF = """
netns:
  description:
    - The namespace that this is in.
    - If omitted, it is the host's own namespace.
  type: str
"""


def form(text: str, path: str = "", depth: int = 1, nested: bool = False) -> str:
    """One entry form as YAML options.

    :param text: an entry form with marks.
    :param path: what stands before the entry's own options in an option's name, e.g. ``veths[].``.
    :param depth: levels of indentation.
    :param nested: whether the entry stands in a list of ``topology``.
    """
    dropped, kept = ("#single", "#nested") if nested else ("#nested", "#single")
    lines = (line.removesuffix(kept).rstrip() for line in text.splitlines() if not line.endswith(dropped))
    return "\n".join(line and "  " * depth + line for line in lines).replace("O(@", f"O({path}") + "\n"
