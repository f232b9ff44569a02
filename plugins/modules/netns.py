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
  - Creates a named network namespace in C(/run/netns), as C(ip netns add) does, with its loopback device up.
  - Can also set sysctls inside the namespace, and write the files in C(/etc/netns/NAME) that C(ip netns exec) mounts
    over those in C(/etc).
  - An existing namespace of that name is changed to match the options, whoever created it.
options:
  state:
    description:
      - V(present) creates the namespace if it does not exist, or changes it to match the options.
      - V(absent) removes the namespace of exactly this name, whoever created it, with everything in it, the veth pairs
        that lead into it, and the files in C(/etc/netns/NAME) that the collection wrote.
      - A process that still runs in a removed namespace keeps it alive without a name. A warning lists such processes.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.namespaces.netns
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
- name: Create the namespace red
  netns.lab.netns:
    name: red

- name: Create a router namespace with its own resolv.conf and hosts file
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

- name: Create several namespaces with loopback down
  netns.lab.netns:
    name: "{{ item }}"
    lo_up: false
  loop:
    - blue
    - green

- name: Remove the namespace red2
  netns.lab.netns:
    name: red2
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
    - {kind: netns, object: red, action: create, reason: does not exist}
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
    run_module("resource", "namespaces")


if __name__ == "__main__":
    main()
