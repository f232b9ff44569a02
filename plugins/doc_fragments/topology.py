# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lists of ``topology``, each with the form of its entries."""

from __future__ import annotations

from ansible_collections.netns.lab.plugins.doc_fragments import links, namespaces, nat, routing
from ansible_collections.netns.lab.plugins.plugin_utils.forms import form

#: list option of ``topology`` -> (description, entry form)
_LISTS = {
    "namespaces": (
        "Network namespaces, as in M(netns.lab.netns). One that needs only a name may be written as a plain name.",
        namespaces.NETNS,
    ),
    "bridges": ("Bridges, as in M(netns.lab.bridge). A plain name will do, as in O(namespaces).", links.BRIDGE),
    "veths": ("Veth pairs, as in M(netns.lab.veth).", None),
    "vxlans": ("VXLAN interfaces, as in M(netns.lab.vxlan).", links.VXLAN),
    "links": ("Links of other kinds, as in M(netns.lab.link).", links.LINK),
    "bridge_ports": (
        "Other links as bridge ports, and options of ports, as in M(netns.lab.bridge_port).",
        links.BRIDGE_PORT,
    ),
    "addresses": ("Addresses on any link, as in M(netns.lab.netns_address).", routing.ADDRESS),
    "sysctls": ("Network sysctls, as in M(netns.lab.netns_sysctl).", namespaces.SYSCTL),
    "routes": ("Routes, as in M(netns.lab.netns_route).", routing.ROUTE),
    "rules": ("Policy routing rules, as in M(netns.lab.netns_rule).", routing.RULE),
    "masquerades": ("Masquerading (source NAT), as in M(netns.lab.nat_masquerade).", nat.MASQUERADE),
    "port_forwards": ("Port forwards (DNAT), as in M(netns.lab.port_forward).", nat.PORT_FORWARD),
}


#: the option that only an entry of a list of ``topology`` has
_HOST = """
host:
  description:
    - In a lab that spans hosts, the inventory host that this is on. See O(span).
    - A group means all of its hosts. Namespaces of a group are spread over its hosts in turn, in the order of their
      names.
    - If omitted, an entry is on the host of its namespace. An entry without a namespace is on the host of what it
      belongs to, a veth pair with its other end, a port with its link, NAT where an address of the subnet is. Sysctls,
      routes and rules without a namespace are on every host of the lab.
  type: str
"""


def _lists() -> str:
    """The lists of ``topology``, each with its entry form as suboptions."""
    parts = []
    for option, (description, text) in _LISTS.items():
        parts.append(f"  {option}:\n    description:\n      - {description}\n    type: list\n    elements: dict\n")
        parts.append("    suboptions:\n")
        path = f"{option}[]."
        parts.append(form(_HOST, path, 3, nested=True))
        parts.append(form(text, path, 3, nested=True) if text else links.veth(path, 3, nested=True))
    return "".join(parts)


class ModuleDocFragment:
    """It is annotated because ansible-test reads a plain assignment as a text, and this one is computed."""

    LISTS: str = "options:\n" + _lists()
