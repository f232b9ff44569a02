#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: test_hosts
short_description: Create throwaway SSH hosts from namespaces
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Creates hosts that Ansible manages over SSH, to test playbooks and roles on. Each has its own processes, network,
    mounts, hostname and file system, and runs an sshd or a whole systemd. They are attached to a bridge in a network of
    their own, the host group, which is separate from the machine's network.
  - Runs on the machine that hosts them, usually V(localhost). Nothing is added to that machine's own network or mounts,
    and the hosts write to memory only.
  - A second run changes nothing. A host whose entry changed is recreated, one that was shut down is started again, and
    one that is no longer listed is removed.
  - The inventory that it writes is ready for use by C(root) on this machine. The programs in it enter the host group's
    network for SSH. Ansible itself stays outside.
  - A host can be rebooted with M(ansible.builtin.reboot). It keeps its files and gets an empty network and a new boot
    id.
  - The role C(netns.lab.test_hosts) installs the programs needed and makes trees.
options:
  name:
    description:
      - Name of the host group, and of the group in the inventory. A machine can have several host groups.
    type: str
    default: test-hosts
  hosts:
    description:
      - The hosts, at least one. Required with O(state=present).
      - A host that needs only a name may be written as a plain name.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the host.
        type: str
        required: true
      tree:
        description:
          - The directory tree that the host's root directory is an overlay of. It is only read, and must not change
            while the host runs. Mounts below it are not visible.
          - With the root directory of this machine, the host has the programs of this machine and can read its files.
            F(/root), F(/run) and F(/tmp) of the host are empty.
          - Whoever may write the tree is root on the host. A warning names a tree that others than root may write.
        type: path
        default: /
      init:
        description:
          - V(sshd) runs only an sshd. F(/sbin/shutdown) and the like are replaced by versions that work without an init
            system.
          - V(systemd) runs the tree's own F(/sbin/init), which must start sshd. O(hosts[].tree) must not be V(/).
        type: str
        choices: [sshd, systemd]
        default: sshd
      address:
        description:
          - The host's address in O(subnet). If omitted, an existing host keeps its address, and others get the lowest
            free ones in the order of the list.
        type: str
  subnet:
    description:
      - The IPv4 subnet of the host group. Its first address is the controller's.
      - It is visible inside the host group only, so several groups may have the same.
    type: str
    default: 10.254.0.0/16
  directory:
    description:
      - Directory for the state of this group only. Only root may write it and each directory above it, and none of them
        is a symbolic link.
      - The default is C(/run/netns-lab-hosts/NAME).
      - If it is mounted noexec, as F(/run) is on Debian, the three programs of the inventory are in
        F(/var/lib/netns-lab-hosts).
    type: path
  size:
    description:
      - How much memory the files of all hosts may use, a number with V(k), V(m), V(g), or V(%) of this machine's
        memory.
      - F(/run), F(/tmp) and F(/dev/shm) of each host are not included. Each may use 20% of this machine's memory.
    type: str
    default: 50%
  state:
    description:
      - V(present) creates the host group, or changes it to match O(hosts).
      - V(absent) removes it with everything that belongs to it.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
seealso:
  - module: netns.lab.topology
notes:
  - Needs OpenSSH (server and client) and C(nsenter) on this machine, and a kernel with overlayfs. Root of a user
    namespace is not enough.
  - Root on a host is root of this machine with fewer capabilities. Use the hosts for tests, not for untrusted code.
"""

EXAMPLES = r"""
- name: Create three hosts with the programs of this machine
  netns.lab.test_hosts:
    hosts:
      - name: host1
      - name: host2
      - name: host3
        address: 10.254.0.30

- name: Create a second host group
  netns.lab.test_hosts:
    name: other
    subnet: 192.0.2.0/24
    size: 256m
    hosts:
      - name: alone

- name: Remove a host group
  netns.lab.test_hosts:
    name: old
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
      description: V(host_group), V(host), or V(file) for the inventory and the programs that it names.
      returned: always
      type: str
    object:
      description: The name, or the path.
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
    - kind: host
      object: host1
      action: create
      reason: does not exist
hosts:
  description: The hosts, in the order of O(hosts).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      returned: always
      type: str
    address:
      description: Its address.
      returned: always
      type: str
    pid:
      description: PID of its first process on this machine. V(0) if the host does not run, as in check mode.
      returned: always
      type: int
    boots:
      description: How often it has booted.
      returned: always
      type: int
  sample:
    - name: host1
      address: 10.254.0.2
      pid: 4711
      boots: 1
inventory:
  description: The inventory of the hosts, in the form of a YAML inventory.
  returned: success
  type: dict
  sample:
    all:
      children:
        test_hosts:
          hosts:
            host1:
              ansible_host: 10.254.0.2
          vars:
            ansible_user: root
inventory_file:
  description: The inventory file.
  returned: success
  type: str
  sample: /run/netns-lab-hosts/test-hosts/inventory.yml
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
        - V(Conflict), the directory contains something else.
        - V(Dependency), a program, a tree or a kernel feature is missing.
        - V(Permission), a privilege is missing.
        - V(Kernel), the kernel refused, or a host did not come up.
        - All but V(Kernel) are reported before anything is changed.
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
    kind: Dependency
    object: ssh
    expected: this program on this machine
    found: none
    remedy: Install the package openssh-client, or use the role netns.lab.test_hosts.
"""

from ansible_collections.netns.lab.plugins.module_utils._start import run_module


def main() -> None:
    """Entry point."""
    run_module("test_hosts")


if __name__ == "__main__":
    main()
