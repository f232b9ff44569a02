#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: file_capability_policy
short_description: Keep file capabilities granted across package upgrades
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Sets the capabilities of a list of files, exactly, and lets the host set them again when a package upgrade has
    replaced a file.
  - For that it writes the list to C(/etc/netns-lab/capabilities.d/NAME.json), a small program to
    C(/usr/local/sbin/netns-lab-capabilities), which has the code of this collection, and a hook with which the package
    manager calls it.
  - Capabilities are granted only to files that only root may write, with all directories of their path, and only from
    lists that only root may write. The program logs to syslog (C(authpriv)) what it granted and what it refused.
  - Warns like M(netns.lab.file_capability) if capabilities would have no effect.
options:
  name:
    description:
      - Name of the list. A host may have several.
      - 1 to 64 letters, digits, C(_), C(.) and C(-).
    type: str
    default: default
  files:
    description:
      - The files and their capabilities, at least one. Required with O(state=present).
      - A file is in a list only once, whatever its paths, and no other list may give it different capabilities.
    type: list
    elements: dict
    suboptions:
      path:
        description: The file. Each entry has O(files[].path) or O(files[].paths).
        type: path
      paths:
        description: Several files with the same capabilities.
        type: list
        elements: path
      capabilities:
        description: Capabilities as in M(netns.lab.file_capability).
        type: str
        required: true
      rootid:
        description: User id of root in the user namespace in which they are valid.
        type: int
      optional:
        description: Whether the file may be missing. It gets its capabilities when it is installed later.
        type: bool
        default: false
      why:
        description: What it needs them for, as a comment in the list and in the log.
        type: str
  keep:
    description:
      - What triggers setting them again. Each list has its own.
      - V(dpkg), each run of C(dpkg), and so each run of C(apt).
      - V(dnf) and V(dnf5), each transaction, by the plugin C(post-transaction-actions) or C(libdnf5-plugin-actions).
      - V(pacman), each transaction, by a hook.
      - V(path), systemd, when one of the files is replaced.
      - V(none), nothing.
      - V(auto), the first of them that the host has.
    type: str
    choices: [auto, dpkg, dnf, dnf5, pacman, path, none]
    default: auto
  prune:
    description:
      - Whether files lose all capabilities if an earlier run had them in this list, and neither this nor another list
        has them now. With O(state=absent) these are all of its files.
    type: bool
    default: false
  state:
    description:
      - V(present) sets the capabilities and keeps them set.
      - V(absent) removes the list, and with the last list of the host the program and its hooks.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
seealso:
  - module: netns.lab.file_capability
  - module: netns.lab.file_capability_info
"""

EXAMPLES = r"""
- name: Copy some programs to try it with
  ansible.builtin.copy:
    src: /bin/true
    dest: "/opt/{{ item }}"
    remote_src: true
    mode: "0755"
  loop: [mysqld, mysql, ping]

- name: Let MySQL use network namespaces, now and after each upgrade
  netns.lab.file_capability_policy:
    name: mysql
    files:
      - paths: [/opt/mysqld, /opt/mysql]
        capabilities: cap_sys_admin=ep
        why: listens in network namespaces
      - path: /opt/mysqlxtest
        capabilities: cap_sys_admin=ep
        optional: true

- name: Set up a list whose files lose their capabilities when they are removed from it
  netns.lab.file_capability_policy:
    name: tools
    prune: true
    files:
      - path: /opt/ping
        capabilities: cap_net_raw=ep

- name: Remove a list and all that it granted
  netns.lab.file_capability_policy:
    name: old_tools
    prune: true
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
        - V(file_capability) for the capabilities of a file, V(file) for a list, program or hook, V(unit) for a systemd
          unit.
      returned: always
      type: str
    object:
      description: The path.
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
    - kind: file_capability
      object: /usr/sbin/mysqld
      action: create
      reason: has none, is to have cap_sys_admin=ep
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
    object: files[0].capabilities
    expected: a capability, by name or by number
    found: "'cap_net_rw'"
    remedy: Did you mean cap_net_raw?
"""

from ansible_collections.netns.lab.plugins.module_utils._start import run_module


def main() -> None:
    """Entry point."""
    run_module("file_capability_policy")


if __name__ == "__main__":
    main()
