#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: bridge_port
short_description: Attach a link to a bridge
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Attaches any link to a bridge in the same namespace, and sets the options of the port.
  - The options are those of bridge(8). An omitted option is neither compared nor reset.
options:
  state:
    description:
      - V(present) attaches the link to the bridge and sets the options.
      - V(absent) detaches the link from its bridge, with O(bridge) from that bridge only. The link itself stays. Other
        options are ignored.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.links.bridge_port
  - netns.lab.common.switches
seealso:
  - module: netns.lab.bridge
  - module: netns.lab.veth
  - module: netns.lab.topology
  - name: bridge(8)
    link: https://man7.org/linux/man-pages/man8/bridge.8.html
    description: Bridges and the flags of their ports.
"""

EXAMPLES = r"""
- name: Create the bridge v-net-0
  netns.lab.bridge:
    name: v-net-0

- name: Create the namespaces red and blue
  netns.lab.netns:
    name: "{{ item }}"
  loop:
    - red
    - blue

- name: Connect each to the host
  netns.lab.veth:
    name: eth0
    netns: "{{ item }}"
    peer:
      name: "{{ item }}-br"
  loop:
    - red
    - blue

- name: Attach red
  netns.lab.bridge_port:
    dev: red-br
    bridge: v-net-0

- name: Attach blue as an isolated port
  netns.lab.bridge_port:
    dev: blue-br
    bridge: v-net-0
    isolated: true
    hairpin: false
    priority: 16

- name: Detach green
  netns.lab.bridge_port:
    dev: green-br
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
    - {kind: bridge_port, object: red-br, action: change, reason: "bridge is none, expected v-net-0"}
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
    run_module("resource", "bridge_ports")


if __name__ == "__main__":
    main()
