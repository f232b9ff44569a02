# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role test_hosts and its playbooks; throwaway hosts with a real systemd, from a Debian tree."""

from __future__ import annotations

import sys

import pytest

from ..support.dumps import assert_same
from ..support.host_groups import (
    INVENTORY,
    ROOT,
    TREES,
    cgroups,
    cookie,
    files,
    kill,
    processes,
    shell,
    supervisor,
    tree,
    until,
)
from ..support.sandbox import Sandbox

pytestmark = pytest.mark.root

UNIT = """
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'echo started >>/root/boots'
[Install]
WantedBy=multi-user.target
"""
PLAY = f"""
- hosts: host1
  gather_facts: false
  tasks:
    - name: A unit
      ansible.builtin.copy:
        content: {UNIT!r}
        dest: /etc/systemd/system/mine.service
        mode: "0644"
    - name: Enabled
      ansible.builtin.systemd_service: {{name: mine, enabled: true, state: started, daemon_reload: true}}
    - name: A namespace that nothing brings back
      ansible.builtin.command: ip netns add lost
    - name: A reboot
      ansible.builtin.reboot:
    - name: All of it is up
      ansible.builtin.command: systemctl is-system-running --wait
    - name: What is there
      ansible.builtin.command: sh -c 'systemctl is-active mine; cat /root/boots; ip netns; ps -o comm= -p 1'
      register: found
    - name: As it was, and the unit once more
      ansible.builtin.assert:
        that: found.stdout_lines == ['active', 'started', 'started', 'systemd']
"""


def test_the_role_makes_hosts_with_systemd_that_reboot(sandbox: Sandbox) -> None:
    folder, why = tree()
    if why:
        pytest.skip(why)
    before, files_before, processes_before = sandbox.dump(), files(sandbox), processes(sandbox)
    tree_before = sorted(folder.glob("etc/*"))
    arguments = [
        "-e", "test_hosts_init=systemd", "-e", "test_hosts_count=2", "-e", f"test_hosts_trees={TREES}",
        "-e", f"test_hosts_inventory={sandbox.scratch}/inventory.yml",
    ]  # fmt: skip
    made = sandbox.playbook(ROOT / "playbooks/test_hosts.yml", *arguments)
    assert "2 hosts: host1 host2" in made.output
    assert any(task.endswith("Create or remove the hosts") for task in made.changed)
    assert sandbox.playbook(ROOT / "playbooks/test_hosts.yml", *arguments).changed == []
    mark = cookie(sandbox)
    own = [path for path in cgroups(mark) if path.endswith(("/host1", "/host2"))]
    assert len(own) == 2
    sandbox.playbook(PLAY, "-i", f"{sandbox.scratch}/inventory.yml")
    host2 = sandbox.apply("test_hosts", {"hosts": [{"name": "host2", "init": "systemd", "tree": str(folder)}]})
    assert host2["hosts"][0]["boots"] == 1
    assert shell(sandbox, host2["hosts"][0]["pid"], "cat /proc/1/comm; hostname") == "systemd\nhost2\n"
    assert [path for path in cgroups(mark) if path.endswith(("/host1", "/host2"))] == own[1:]
    assert sorted(folder.glob("etc/*")) == tree_before
    sandbox.playbook(
        ROOT / "playbooks/test_hosts_down.yml", "-e", f"test_hosts_inventory={sandbox.scratch}/inventory.yml"
    )
    assert cgroups(mark) == []
    assert not (sandbox.scratch / "inventory.yml").exists()
    until(lambda: processes(sandbox) == processes_before, "the end of all processes")
    assert files(sandbox) == files_before
    assert_same(before, sandbox.dump())


def test_a_killed_host_group_leaves_no_cgroup_for_good(sandbox: Sandbox) -> None:
    folder, why = tree()
    if why:
        pytest.skip(why)
    wanted = {"hosts": [{"name": "host1", "init": "systemd", "tree": str(folder)}]}
    sandbox.apply("test_hosts", wanted)
    first = cookie(sandbox)
    assert cgroups(first)
    kill(sandbox, supervisor(sandbox))
    sandbox.apply("test_hosts", wanted)
    assert cgroups(first) == []
    second = cookie(sandbox)
    assert second != first and cgroups(second)
    kill(sandbox, supervisor(sandbox))
    sandbox.apply("test_hosts", {"state": "absent"})
    assert cgroups(second) == []


def test_the_playbooks_make_three_and_remove_them(sandbox: Sandbox) -> None:
    files_before = files(sandbox)
    checked = sandbox.playbook(ROOT / "playbooks/test_hosts.yml", "--check")
    assert files(sandbox) == files_before
    made = sandbox.playbook(ROOT / "playbooks/test_hosts.yml")
    assert made.changed == checked.changed and len(made.changed) == 1
    assert "3 hosts: host1 host2 host3" in made.output
    play = "- {hosts: test_hosts, gather_facts: false, tasks: [{name: Ping, ansible.builtin.ping: }]}"
    pinged = sandbox.playbook(play, "-i", INVENTORY)
    assert len([task for task in pinged.tasks if task["result"].get("ping") == "pong"]) == 3
    assert len(sandbox.playbook(ROOT / "playbooks/test_hosts_down.yml").changed) == 1
    assert files(sandbox) == files_before


def test_a_tree_is_made_once(sandbox: Sandbox) -> None:
    """Two at once, one of them after another that was killed; what makes it is put in place of mmdebstrap."""
    fake = sandbox.scratch / "mmdebstrap"
    fake.write_text(
        '#!/bin/sh\nfor last in "$@"; do before=$target; target=$last; done\nmkdir "$before"\necho x >>"$LOG"\n'
    )
    fake.chmod(0o755)
    script = ROOT / "roles/test_hosts/files/make_tree.sh"
    trees, log = sandbox.scratch / "trees", sandbox.scratch / "log"
    made = f"PATH={sandbox.scratch}:$PATH LOG={log} sh {script} {trees}/bookworm bookworm a,b http://192.0.2.1/debian"
    sandbox.sh(f"mkdir -p {trees}/bookworm.new/half; {made} & {made}; wait")
    assert log.read_text() == "x\n"
    assert [path.name for path in trees.iterdir()] == ["bookworm"]
    assert list((trees / "bookworm").iterdir()) == []
    assert sandbox.sh(made) == f"there is {trees}/bookworm\n"


def test_programs_are_installed_and_no_server_is_started(host: Sandbox) -> None:
    """What installs is put in place of apt-get; it tells what Debian's packages would be told."""
    policy, log = "/usr/sbin/policy-rc.d", host.scratch / "log"
    for name, text in (("apt-get", f"$({policy} ssh start; echo $?)"), ("systemctl", "")):
        fake = host.scratch / name
        fake.write_text(f'#!/bin/sh\necho "{name} $@ {text}" >>{log}\n')
        fake.chmod(0o755)
    script = f"PATH={host.scratch}:$PATH sh {ROOT}/roles/test_hosts/files/programs.sh"
    host.sh(f"rm -f {policy}")
    assert host.sh(f"{script} ssh:openssh-client flock:util-linux") == ""
    assert not log.exists()
    assert host.sh(f"{script} flock:util-linux /usr/sbin/no-sshd:openssh-server") == "installed openssh-server\n"
    update, install, disable = log.read_text().splitlines()
    assert "update" in update and install.endswith(" openssh-server 101")
    assert disable.startswith("systemctl disable --quiet ssh.service")
    assert host.sh(f"ls {policy} 2>/dev/null || true") == ""


#: holds a lock as apt and dpkg do, until its input ends
HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_another_apt_that_holds_a_lock_is_waited_for(host: Sandbox) -> None:
    """The real apt, without sources; what is put in its place only counts its calls."""
    log, apt = host.scratch / "log", host.scratch / "apt-get"
    apt.write_text(f'#!/bin/sh\necho "$*" >>{log}\nexec /usr/bin/apt-get "$@"\n')
    apt.chmod(0o755)
    host.sh("rm -rf /etc/apt/sources.list*")
    script = [f"PATH={host.scratch}:$PATH sh {ROOT}/roles/test_hosts/files/programs.sh /no-such:coreutils"]
    for lock, what in (("/var/lib/apt/lists/lock", "update"), ("/var/lib/dpkg/lock-frontend", "install")):
        holder = host.background([sys.executable, "-c", HOLDER, lock])
        holder.wait_for("held")
        given_up = host.run(["sh", "-c", f"APT_PATIENCE=0 {script[0]}"], check=False)
        assert given_up.returncode == 1 and "lock" in given_up.stderr, given_up
        log.write_text("")
        waiting = host.background(["sh", "-c", *script])
        until(lambda what=what: log.read_text().count(what) >= 2, "a second try")
        holder.stop()
        waiting.wait_for("installed coreutils")
