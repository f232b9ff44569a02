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
  - Checks the labs of a host and the host's firewalls and settings, and reports what blocks packets, by which rule or
    setting, and what to do about it.
  - Sends no packets. Use M(netns.lab.reachability) for that. It evaluates the rules of nftables and of both variants of
    iptables for packets of the lab. If a rule depends on something that it does not know, it says "may be unable to".
  - Recognizes the rules of Docker, ufw, firewalld and libvirt. Also reports disabled forwarding, strict reverse path
    filtering, missing default routes and masquerades, links that are down, objects of the lab that were removed, a
    neighbour table that is too small, and a systemd-networkd or NetworkManager that would take over a link.
  - Never changes anything. On a host without a lab it reports what would block the first one.
options:
  name:
    description:
      - Name of the lab to check. If it does not exist, there are no findings.
      - If omitted, all labs of the host, and the host itself.
    type: str
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.reads
seealso:
  - module: netns.lab.reachability
  - module: netns.lab.topology_info
"""

EXAMPLES = r"""
- name: Find out what blocks packets
  netns.lab.doctor:
  register: doctor

- name: Show the findings
  netns.lab.show:
    lines: "{{ doctor.table }}"
"""

RETURN = r"""
findings:
  description: The findings, for each lab errors first.
  returned: success
  type: list
  elements: dict
  contains:
    lab:
      description: The lab concerned, empty for the host itself.
      returned: always
      type: str
      sample: red-blue
    object:
      description: The namespaces or the link concerned.
      returned: always
      type: str
      sample: blue, red (on v-net-0)
    path:
      description: What does not work.
      returned: always
      type: str
      sample: reach the outside from 192.168.15.0/24
    cause:
      description: What happens to the packets, and by whom.
      returned: always
      type: str
      sample: ufw drops its packets
    source:
      description: The chain and its rule or policy, or the setting, in the syntax of its own tool.
      returned: always
      type: str
      sample: table filter of iptables-nft, chain FORWARD, policy DROP
    remedy:
      description: What to do about it.
      returned: always
      type: str
      sample: "Allow it: ufw route allow in on v-net-0 (or out on v-net-0), or set firewall_exceptions: auto."
    severity:
      description: V(error) if packets are certainly lost, V(warning) if they may be.
      returned: always
      type: str
      sample: error
    firewall:
      description: The firewall that drops the packets, empty where none does.
      returned: always
      type: str
      sample: ufw
errors:
  description: Number of findings that are errors.
  returned: success
  type: int
  sample: 1
table:
  description: The findings as lines of text.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.netns.lab.plugins.module_utils._start import run_module


def main() -> None:
    """Entry point."""
    run_module("doctor")


if __name__ == "__main__":
    main()
