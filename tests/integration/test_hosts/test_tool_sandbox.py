# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/sandbox, on which ``make lab SANDBOX=1`` rests: a host of its own for root and for an ordinary user."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SANDBOX = Path(__file__).resolve().parents[3] / "tools/sandbox"
AS_USER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture(scope="module")
def tool() -> Iterator[str]:
    """A copy of the tool that every user may read, wherever the checkout lies."""
    with tempfile.TemporaryDirectory(prefix="netns-lab-") as folder:
        Path(folder).chmod(0o755)
        yield shutil.copy(SANDBOX, folder)


@pytest.fixture(params=["self", "ordinary user"])
def command(request: pytest.FixtureRequest, tool: str) -> list[str]:
    """The tool as the user of the tests runs it, and as an ordinary one does."""
    if request.param == "self":
        return [tool]
    if os.geteuid() != 0:
        pytest.skip("needs root to become another user; the tests run as an ordinary user already")
    return [*AS_USER, tool]


def _run(command: list[str], script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command, "sh", "-euc", script], **_in(Path("/")), check=False)


def test_it_is_a_host_of_its_own(command: list[str]) -> None:
    script = "id -u; readlink /proc/self/ns/net /proc/self/ns/pid /proc/self/ns/mnt; ip -o link | cut -d: -f2"
    done = _run(command, f"{script}; ls /sys/class/net; cat /sys/class/net/lo/operstate; find /run /etc/netns || :")
    uid, net, pid, mounts, *words = done.stdout.split()
    assert uid == "0"
    assert not {net, pid, mounts} & {str(Path(f"/proc/self/ns/{kind}").readlink()) for kind in ("net", "pid", "mnt")}
    assert words[:3] == ["lo", "lo", "unknown"]
    assert not {"/run/netns", "/run/netns-lab", "/run/dbus", "/run/systemd"} & set(words)
    assert not [word for word in words if word.startswith("/etc/netns/")]


def test_a_lab_can_be_made_there_and_the_machine_does_not_see_it(command: list[str]) -> None:
    mine = f"only-{os.getpid()}"
    script = f"""
        ip netns add {mine}
        grep -q ' /run/netns .* shared:' /proc/self/mountinfo
        mkdir -p /etc/netns/{mine}
        echo nameserver 192.0.2.53 >/etc/netns/{mine}/resolv.conf
        ip netns exec {mine} cat /etc/resolv.conf
        ip link add name mine type veth peer name other netns {mine}
        nft add table inet {mine}
        sysctl -qw net.ipv4.ip_forward=1
        for folder in /etc /etc/systemd/system /usr/local/sbin; do touch $folder/{mine}; done
        touch /var/lib/{mine} /opt/{mine} /usr/bin/{mine} 2>/dev/null || :
        rm -r /etc/netns
    """
    forward = Path("/proc/sys/net/ipv4/ip_forward").read_text(encoding="utf-8")
    done = _run(command, script)
    assert (done.returncode, done.stdout, done.stderr) == (0, "nameserver 192.0.2.53\n", "")
    found = subprocess.run(
        ["find", "/run", "/etc", "/usr", "/var", "/opt", "-name", mine], **_in(Path("/")), check=False
    )
    assert found.stdout == "" and not Path("/sys/class/net/mine").exists()
    assert Path("/proc/sys/net/ipv4/ip_forward").read_text(encoding="utf-8") == forward


#: a machine on which the collection is at home, with file systems and a file mounted into the folders of the system
LIVED_IN = """
mount -t tmpfs tmpfs /usr/local
mount -t tmpfs tmpfs /var/lib
mount --bind "$1/hosts" /etc/hosts
mkdir -p /usr/local/sbin /etc/netns/red /etc/netns-lab/labs /etc/systemd/system/multi-user.target.wants
echo mine >/usr/local/sbin/mine
for file in /usr/local/sbin/netns-lab /etc/netns/red/hosts /etc/netns-lab/labs/star.json \
    /etc/systemd/system/multi-user.target.wants/netns-lab@star.service; do echo ours >$file; done
listed() { find /etc/netns* /etc/systemd /usr/local /var/lib /var/tmp/"$2" | sort; cat /etc/hosts; }
mkdir -p /var/tmp/"$2"
before=$(listed "$@")
shift 2
"$@" || exit
"""
WRITES = """
cat /usr/local/sbin/mine
find /etc/netns* /usr/local/sbin/netns-lab* /etc/systemd/system/*/netns-lab* 2>/dev/null || :
cat /etc/hosts
echo leaks >/etc/hosts
for folder in /usr/local/sbin /var/lib /etc/systemd/system/multi-user.target.wants; do echo leaks >$folder/leaks; done
rm /usr/local/sbin/mine
"""


def test_on_a_machine_that_is_lived_in(command: list[str], tmp_path: Path) -> None:
    """Nothing that the collection wrote is there, and nothing written goes through the mounts below /usr and /var."""
    if os.geteuid() != 0:
        pytest.skip("needs root, which mounts")
    (tmp_path / "hosts").write_text("192.0.2.1 machine\n")
    inner = f"only-{os.getpid()}"
    script = f'{LIVED_IN}listed=$(set -- x {inner}; listed "$@"); [ "$before" = "$listed" ] && echo unchanged'
    mounts = ["unshare", "--mount", "--propagation=private"]
    wrapped = [SANDBOX, *mounts, "sh", "-euc", script, "sh", str(tmp_path), inner, *command, "sh", "-euc", WRITES]
    done = subprocess.run(wrapped, **_in(Path("/")), check=False)
    assert (done.returncode, done.stdout) == (0, "mine\n192.0.2.1 machine\nunchanged\n"), done.stderr


def test_it_returns_the_exit_code_and_keeps_the_working_folder_and_the_arguments(tmp_path: Path) -> None:
    done = subprocess.run([SANDBOX, "sh", "-c", 'echo "$PWD|$1"; exit 7', "sh", "a b"], **_in(tmp_path), check=False)
    assert (done.returncode, done.stdout) == (7, f"{tmp_path}|a b\n")


def test_what_was_left_running_ends_with_it(tmp_path: Path) -> None:
    """The pipe that the process left behind holds closes, so reading it to its end comes to an end."""
    done = subprocess.run([SANDBOX, "sh", "-c", "sleep 1000 & echo started"], **_in(tmp_path), check=True)
    assert done.stdout == "started\n"


def test_without_a_command_it_says_how_it_is_used(tmp_path: Path) -> None:
    done = subprocess.run([SANDBOX], **_in(tmp_path), check=False)
    assert (done.returncode, done.stdout) == (125, "")
    assert "usage: tools/sandbox COMMAND" in done.stderr


def _in(folder: Path) -> dict:
    return {"cwd": folder, "capture_output": True, "text": True, "timeout": 60}
