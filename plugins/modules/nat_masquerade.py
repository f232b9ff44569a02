#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: nat_masquerade
short_description: Masquerade (source NAT) a prefix
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Gives packets from a prefix, or all packets that leave by a link, the address of the outgoing link as their source,
    so that replies find their way back.
  - An entry is identified by O(netns), O(source) and O(out_interface).
  - Can also enable IP forwarding, without which no packet passes from one link to another.
options:
  state:
    description:
      - V(present) adds the masquerade, or changes the existing one to match the options.
      - V(absent) removes the masquerade. With O(ip_forward=true) it releases the forwarding sysctl too, whose value
        from before is restored unless a lab still needs it.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.common.nft
  - netns.lab.nat.masquerade
  - netns.lab.common.switches
notes:
  - An accept in one nftables table does not undo a drop in another. So exceptions are added to Docker, ufw and
    firewalld where they are active, in the place that each has for that. A warning names rules that still drop packets.
  - The NAT rules are in the nftables table C(inet netns_lab) of the namespace, and are written to no file. Exceptions
    in ufw are stored in its own files, and are removed with the last entry that needs them.
seealso:
  - module: netns.lab.port_forward
  - module: netns.lab.netns_sysctl
  - module: netns.lab.netns_route
  - module: netns.lab.topology
  - name: nft(8)
    link: https://man7.org/linux/man-pages/man8/nft.8.html
    description: The packet filter and its tables.
"""

EXAMPLES = r"""
- name: Masquerade 192.168.15.0/24 and enable forwarding
  netns.lab.nat_masquerade:
    source: 192.168.15.0/24
    ip_forward: true

- name: Masquerade an IPv6 prefix on one link only
  netns.lab.nat_masquerade:
    source: 2001:db8:15::/64
    out_interface: eth0
    ip_forward: true

- name: Masquerade a prefix except towards two networks that have routes back
  netns.lab.nat_masquerade:
    source: 192.168.16.0/24
    exclude:
      - 192.168.15.0/24
      - 10.0.0.0/8

- name: Masquerade everything that leaves by one link, like iptables -o eth0 -j MASQUERADE
  netns.lab.nat_masquerade:
    out_interface: eth0

- name: Stop masquerading a prefix
  netns.lab.nat_masquerade:
    source: 198.51.100.0/24
    state: absent
"""

RETURN = r"""
changed:
  description: Whether anything was changed, or would be in check mode.
  returned: success
  type: bool
  sample: true
plan:
  description: The steps taken, in order, or in check mode the steps that would be taken.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description:
        - Kind of object, V(netns), V(bridge), V(veth), V(vxlan), V(link), V(bridge_port), V(address),
          V(sysctl), V(route), V(rule), V(masquerade), V(port_forward), V(nat_table), V(firewall_exception), V(file),
          V(directory) or V(netns_dir). A V(firewall_exception) is a rule in another firewall of the host.
        - A link of M(netns.lab.link) is told by its kind, such as C(dummy).
      returned: always
      type: str
    object:
      description: The object.
      returned: always
      type: str
    action:
      description: V(create), V(change) or V(delete).
      returned: always
      type: str
    reason:
      description: Why the step is needed.
      returned: always
      type: str
  sample:
    - {kind: masquerade, object: 192.168.15.0/24, action: create, reason: does not exist}
diff:
  description: What differs, one line for each object.
  returned: with C(--diff)
  type: dict
  contains:
    before:
      description: The objects concerned, before the run.
      returned: always
      type: str
    after:
      description: The same objects after the run.
      returned: always
      type: str
error:
  description: The failure in structured form. RV(ignore:msg) has the same in one sentence.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - V(InvalidArgument), an option is wrong.
        - V(Conflict), something that may not be changed is in the way.
        - V(Dependency), a program, a Python package or a kernel feature is missing.
        - V(Permission), a privilege is missing.
        - V(Kernel), the kernel returned an error.
        - V(Interrupted), a signal ended the run, and its changes were rolled back.
        - All but V(Kernel) and V(Interrupted) are reported before anything is changed.
      returned: always
      type: str
    object:
      description: The option or object at fault.
      returned: always
      type: str
    expected:
      description: What was asked for, or what would have been accepted.
      returned: always
      type: str
    found:
      description: What was found instead.
      returned: always
      type: str
    remedy:
      description: What to do about it.
      returned: always
      type: str
  sample:
    kind: InvalidArgument
    object: addresses[0]
    expected: an address with its prefix length, e.g. 192.168.15.1/24 or fd00::1/64
    found: "'192.168.15.1', which has no prefix length"
    remedy: >-
      Add the prefix length of the subnet, e.g. 192.168.15.1/24.
"""

from ansible_collections.netns.lab.plugins.module_utils._start import run_module


def main() -> None:
    """Entry point."""
    run_module("resource", "masquerades")


if __name__ == "__main__":
    main()
