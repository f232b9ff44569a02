#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: doctor
short_description: Find out what blocks the packets of a lab
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Looks at what stands of the labs of a host, and at the host's firewalls and settings, and tells in plain words what
    keeps packets from their way, with the rule or the setting to blame and what to do about it.
  - It sends no packets, as M(netns.lab.reachability) does. It follows the rules of nftables and of both kinds of
    iptables, as packets of the lab would meet them. Where a rule depends on what it does not know, it says perhaps.
  - Knows the rules of Docker, ufw, firewalld and libvirt by their names. Tells also of forwarding that is off, strict
    reverse path filtering, missing default routes and masquerades, links that are down, objects of the lab that were
    removed, a table of neighbours that is too small, and a systemd-networkd or NetworkManager that would take a link.
  - Never changes anything, and needs no lab. On a host without one it tells what would meet the first.
options:
  name:
    description:
      - Name of the lab to examine. One that is not there has no findings.
      - Not given, all labs of the host, and the host itself.
    type: str
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.reads
seealso:
  - module: netns.lab.reachability
  - module: netns.lab.topology_info
"""

EXAMPLES = r"""
- name: Ask what keeps packets from their way
  netns.lab.doctor:
  register: doctor

- name: Show it
  netns.lab.show:
    lines: "{{ doctor.table }}"
"""

RETURN = r"""
findings:
  description: What was found, for each lab those first that lose packets for certain.
  returned: success
  type: list
  elements: dict
  contains:
    lab:
      description: The lab that it is about, empty for the host itself.
      returned: always
      type: str
      sample: red-blue
    object:
      description: What of the lab it is about, namespaces or a link.
      returned: always
      type: str
      sample: blue, red (on v-net-0)
    path:
      description: What it cannot do.
      returned: always
      type: str
      sample: reach the outside from 192.168.15.0/24
    cause:
      description: What happens to its packets, and whose work that is.
      returned: always
      type: str
      sample: ufw drops its packets
    blame:
      description: The chain and its rule or policy, or the setting, in the words of its own tool.
      returned: always
      type: str
      sample: table filter of iptables-nft, chain FORWARD, policy DROP
    remedy:
      description: What to do about it.
      returned: always
      type: str
      sample: "Allow it: ufw route allow in on v-net-0 (or out on v-net-0), or set firewall_exceptions: auto."
    severity:
      description: V(error) if packets are lost for certain, V(warning) if they may be.
      returned: always
      type: str
      sample: error
lost:
  description: How many of the findings are errors.
  returned: success
  type: int
  sample: 1
table:
  description: The same as lines for a person.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.netns.lab.plugins.module_utils._runner import run_module
from ansible_collections.netns.lab.plugins.module_utils._tasks import doctor


def main() -> None:
    """Entry point."""
    run_module(doctor.TASK)


if __name__ == "__main__":
    main()
