#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: netns
short_description: Create or remove a network namespace
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Makes a network namespace that C(ip netns) and every program that looks into C(/run/netns) knows by name, with
    its loopback device up.
  - It may set kernel parameters inside the namespace, and write the files in C(/etc/netns/NAME) that C(ip netns
    exec) lays over those in C(/etc).
  - A namespace of that name that is there already is brought to what the options say, whoever made it.
options:
  state:
    description:
      - V(present) makes the namespace if it is not there, and brings it to what the options say.
      - V(absent) removes the namespace of exactly this name, whoever made it, with all that is in it and the cables
        that lead into it, and the files in C(/etc/netns/NAME) that the collection wrote.
      - A process that still runs in a removed namespace keeps it alive without a name. A warning names such
        processes.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.entries.netns
  - netns.lab.common.switches
seealso:
  - module: netns.lab.netns_sysctl
  - module: netns.lab.veth
  - module: netns.lab.topology
  - name: ip-netns(8)
    link: https://man7.org/linux/man-pages/man8/ip-netns.8.html
    description: Network namespaces and their files.
"""

EXAMPLES = r"""
- name: Make the namespace red
  netns.lab.netns:
    name: red

- name: Make a namespace that forwards, with a resolver and a hosts file of its own
  netns.lab.netns:
    name: router
    sysctls:
      net.ipv4.ip_forward: "1"
      net.ipv6.conf.all.forwarding: "1"
    resolv_conf: |
      nameserver 192.168.15.5
    hosts: |
      127.0.0.1 localhost
      192.168.15.2 blue

- name: Make several namespaces, loopback down
  netns.lab.netns:
    name: "{{ item }}"
    lo_up: false
  loop:
    - blue
    - green

- name: Remove the namespace red2, if there is one
  netns.lab.netns:
    name: red2
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
    - {kind: netns, object: red, action: create, reason: does not exist}
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
    run_resource("namespaces")


if __name__ == "__main__":
    main()
