#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: netns_sysctl
short_description: Set a network sysctl; restored on removal
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Sets a kernel parameter below C(net.) in the host's own namespace or in another.
  - What was there before is recorded, with all who hold the parameter. Each lab is one holder, the single modules
    are another one together. When the last holder lets go, the prior value returns, unless somebody changed the
    parameter since.
  - Nothing is written to C(/etc/sysctl.d). The value lives as long as the kernel state it belongs to.
options:
  state:
    description:
      - V(present) sets the value.
      - V(absent) lets go of the parameter. If no lab holds it either, the value from before is put back. A
        parameter that the single modules did not set is left as it is.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.entries.sysctl
  - netns.lab.common.switches
seealso:
  - module: netns.lab.netns
  - module: netns.lab.nat_masquerade
  - module: netns.lab.topology
  - name: sysctl(8)
    link: https://man7.org/linux/man-pages/man8/sysctl.8.html
    description: Kernel parameters at runtime.
"""

EXAMPLES = r"""
- name: Let the host forward IPv4
  netns.lab.netns_sysctl:
    name: net.ipv4.ip_forward
    value: "1"

- name: Make the namespace router
  netns.lab.netns:
    name: router

- name: Let the namespace router forward IPv6
  netns.lab.netns_sysctl:
    netns: router
    name: net.ipv6.conf.all.forwarding
    value: "1"

- name: Choose the local ports of the namespace
  netns.lab.netns_sysctl:
    netns: router
    name: net.ipv4.ip_local_port_range
    value: "40000 50000"

- name: Let go of the reverse path filter, whatever value was set
  netns.lab.netns_sysctl:
    name: net.ipv4.conf.all.rp_filter
    state: absent
"""

RETURN = r"""
changed:
  description: Whether the plan has a step.
  returned: success
  type: bool
  sample: true
plan:
  description: The steps taken, or in check mode those that would be taken, in their order.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description:
        - What the step is about, V(netns), V(bridge), V(veth), V(vxlan), V(link), V(bridge_port), V(address),
          V(sysctl), V(route), V(rule), V(masquerade), V(port_forward), V(nat_table), V(firewall_exception), V(file),
          V(directory) or V(netns_dir). A V(firewall_exception) is a rule at the place that another firewall offers.
      returned: always
      type: str
    object:
      description: Which one.
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
    - {kind: sysctl, object: net.ipv4.ip_forward, action: change, reason: "value is 0, expected 1"}
diff:
  description: What differs, as text of one line for each object.
  returned: with C(--diff)
  type: dict
  contains:
    before:
      description: The objects that the plan touches, as found.
      returned: always
      type: str
    after:
      description: The same objects once the plan is carried out.
      returned: always
      type: str
error:
  description: The failure for programs. RV(ignore:msg) says the same in one text.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - V(InvalidArgument), the description is wrong.
        - V(Conflict), something that must stay as it is is in the way.
        - V(Dependency), a program, a Python package or a kernel feature is missing.
        - V(Permission), a privilege is missing.
        - V(Kernel), the kernel refused.
        - V(Interrupted), a signal asked the run to end, and what it had done was undone.
        - All but V(Kernel) and V(Interrupted) are found before anything is touched.
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
      description: What is there instead.
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
      Without one it is a lone host that reaches no neighbour: write 192.168.15.1/24, or the length of your subnet.
"""

from ansible_collections.netns.lab.plugins.module_utils._runner import run_resource


def main() -> None:
    """Entry point."""
    run_resource("sysctls")


if __name__ == "__main__":
    main()
