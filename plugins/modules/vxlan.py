#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: vxlan
short_description: Create or remove a VXLAN interface
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Creates a VXLAN interface, which carries Ethernet frames to other hosts over UDP. Attached to a bridge on each host,
    it makes them one layer 2 segment.
  - The remotes are listed one by one. Neither multicast nor a daemon is needed.
  - M(netns.lab.topology) creates the VXLAN interfaces of a lab that spans hosts on its own.
  - VXLAN adds 50 bytes to each packet, 70 over IPv6. Set the O(mtu) of all links of the segment that much lower than
    the MTU of the underlying link.
  - The traffic is not encrypted. Use it on a trusted network only.
options:
  state:
    description:
      - V(present) creates the interface if it does not exist, or changes it to match the options.
      - V(absent) removes the interface O(name) in O(netns). Other options are ignored.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.links.vxlan
  - netns.lab.common.switches
seealso:
  - module: netns.lab.bridge
  - module: netns.lab.topology
  - name: ip-link(8)
    link: https://man7.org/linux/man-pages/man8/ip-link.8.html
    description: Links of the type vxlan.
  - name: RFC 7348
    link: https://www.rfc-editor.org/rfc/rfc7348
    description: VXLAN.
"""

EXAMPLES = r"""
- name: Create the bridge
  netns.lab.bridge:
    name: v-net-0

- name: Connect it to the bridges of two other hosts
  netns.lab.vxlan:
    name: vxlan15
    id: 15
    local: 192.168.1.2
    remotes:
      - 192.168.1.3
      - 192.168.1.4
    bridge: v-net-0
    mtu: 1450

- name: Create a VXLAN interface with an address and one remote, without a bridge
  netns.lab.vxlan:
    name: vxlan16
    id: 16
    local: 192.168.1.2
    remotes: [192.168.1.3]
    addresses: [192.168.16.1/24]
    mtu: 1450

- name: Remove the VXLAN interface vxlan17
  netns.lab.vxlan:
    name: vxlan17
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
    - {kind: vxlan, object: vxlan15, action: create, reason: does not exist}
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
    run_module("resource", "vxlans")


if __name__ == "__main__":
    main()
