# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role ``mysql_netns`` with a real MySQL: the example of MySQL's manual, what breaks it, and the doctor's words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..conftest import ROOT
from ..support import mysql as real
from ..support.mysql import CLIENT, LOG, PLAIN, SERVER, MySQL
from ..support.sandbox import PlaybookRun, Sandbox

pytestmark = pytest.mark.root

FRAGMENT = "/etc/mysql/conf.d/netns-lab.cnf"
DROP_IN = "/etc/systemd/system/mysql.service.d/netns-lab.conf"
LISTEN = [
    {"address": "127.0.0.1"},
    {"address": "192.0.2.2", "netns": "red"},
    {"address": "198.51.100.2", "netns": "blue"},
]
RED = {"name": "red_user", "host": "192.0.2.2", "password": "it's p4ss\\"}
BLUE = {"name": "blue_user", "host": "198.51.100.2", "password": "p4ss of blu3", "priv": ["SELECT, INSERT ON shop.*"]}
REPLICA = {"name": "replica", "host": "192.0.2.2", "password": "c0py", "priv": ["REPLICATION SLAVE ON *.*"]}
ROLE = """
- name: MySQL
  hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.include_role: {name: netns.lab.mysql_netns, tasks_from: "%s"}
"""


@pytest.fixture
def lab(sandbox: Sandbox) -> Sandbox:
    """A throwaway host with the lab of MySQL's manual."""
    definition = yaml.safe_load((ROOT / "playbooks/labs/mysql_red_blue.yml").read_text(encoding="utf-8"))
    sandbox.apply("topology", {"name": "lab", **definition["lab_topology"]})
    return sandbox


@pytest.fixture
def mysql(lab: Sandbox) -> MySQL:
    """MySQL on that host, not started."""
    if real.why_not():
        pytest.skip(real.why_not())
    return MySQL(lab)


def _role(sandbox: Sandbox, *arguments: str, tasks: str = "main", check: bool = True, **variables: Any) -> PlaybookRun:
    given = {f"mysql_netns_{name}": value for name, value in variables.items()}
    return sandbox.playbook(ROLE % tasks, "-e", json.dumps(given), *arguments, check=check)


def _listens(sandbox: Sandbox, port: int) -> dict[str, set[str]]:
    """The addresses that servers listen on, by namespace."""
    said = {netns: sandbox.sh(f"ss -ltnH 'sport = :{port}'", netns) for netns in ("", "red", "blue")}
    return {netns: {line.split()[3].rpartition(":")[0] for line in text.splitlines()} for netns, text in said.items()}


def _capable(sandbox: Sandbox) -> list[str]:
    """The binaries that have the capability, as libcap's own program says."""
    said = sandbox.sh(f"getcap {SERVER} {CLIENT}")
    assert said.count("cap_sys_admin=ep") == len(said.splitlines())
    return [line.split()[0] for line in said.splitlines()]


def _told(sandbox: Sandbox, **given: Any) -> list[dict[str, Any]]:
    """What the doctor finds in the logs or the text that it is given. What it prints has the same words."""
    run = _role(sandbox, tasks="doctor", **{f"doctor_{name}": value for name, value in given.items()})
    assert run.changed == []
    (facts,) = [task["result"]["ansible_facts"] for task in run.tasks if "ansible_facts" in task["result"]]
    found = facts["mysql_netns_doctor_result"]
    printed = " ".join(run.output.split())
    for each in found:
        assert f"{each['line']}" in printed
        assert f"cause: {each['cause']} remedy: {each['remedy']}" in printed
    return found


def _failure(run: PlaybookRun) -> str:
    assert run.code != 0
    (failed,) = [task for task in run.tasks if task["ended"] == "failed"]
    return str(failed["result"]["msg"])


def test_the_example_of_the_manual_and_what_breaks_it(mysql: MySQL) -> None:
    host = mysql.sandbox
    options = {
        "bind_address": LISTEN,
        "admin_address": LISTEN[1:2],
        "mysqlx_bind_address": LISTEN[2:],
        "skip_name_resolve": True,
    }
    first = _role(host, **options)
    assert "netns.lab.mysql_netns : Grant the capability to the server" in first.changed
    assert host.sh(f"cat {FRAGMENT}").splitlines()[1:] == [
        "[mysqld]",
        "bind_address = 127.0.0.1,192.0.2.2/red,198.51.100.2/blue",
        "admin_address = 192.0.2.2/red",
        "mysqlx_bind_address = 198.51.100.2/blue",
        "skip_name_resolve = ON",
    ]
    assert host.sh(f"stat -c '%U %a' {FRAGMENT}").split() == ["root", "644"]
    assert _capable(host) == [SERVER, CLIENT]

    assert mysql.start(), mysql.log()
    assert _listens(host, 3306) == {"": {"127.0.0.1"}, "red": {"192.0.2.2"}, "blue": {"198.51.100.2"}}
    assert _listens(host, 33062) == {"": set(), "red": {"192.0.2.2"}, "blue": set()}
    assert _listens(host, 33060) == {"": set(), "red": set(), "blue": {"198.51.100.2"}}

    # an account for each namespace's address; the program that lists processes never sees a password
    wanted = {**options, "accounts": [RED, BLUE, REPLICA]}
    made = _role(host, "-vvv", **wanted)
    assert [name for name in made.changed if "accounts" in name]
    said = made.output + json.dumps(made.tasks)
    assert not [word for word in ("p4ss", "c0py") if word in said]
    assert _role(host, **wanted).changed == []
    for user, netns in ((RED, "red"), (BLUE, "blue")):
        reach = (f"--user={user['name']}", f"--host={user['host']}", "--skip-column-names")
        who = {"user": "nobody", "password": user["password"]}
        assert mysql.client("SELECT USER()", *reach, f"--network-namespace={netns}", **who) == "{name}@{host}".format(
            **user
        )
        refused = mysql.client("SELECT USER()", *reach, **who, check=False)
        assert "ERROR 1130" in refused
        assert user["host"].rpartition(".")[0] + ".1'" in refused  # the server sees the host end of the veth pair
    grants = mysql.client("SHOW GRANTS FOR blue_user@198.51.100.2", "--skip-column-names")
    assert "GRANT SELECT, INSERT ON `shop`.*" in grants
    mysql.stop()

    # what the manual says of a reinstall: the capability is lost
    host.apply("file_capability", {"paths": [SERVER, CLIENT], "state": "absent"})
    assert _capable(host) == []
    assert not mysql.start()
    assert "[ERROR] [MY-013408] [Server] setns() failed with error 'Operation not permitted'" in mysql.log()
    reach = ("--user=red_user", "--host=192.0.2.2", "--network-namespace=red")
    said = mysql.client("SELECT 1", *reach, user="nobody", check=False)
    assert said == "ERROR: Network namespace error: Operation not permitted"
    told = {each["code"]: each for each in _told(host, text=said)}
    assert "reinstalled" in told["MY-013408"]["cause"]
    assert "run the role mysql_netns again, or setcap cap_sys_admin+ep mysqld" in told["MY-013408"]["remedy"]
    assert "mysql has no CAP_SYS_ADMIN" in told["client"]["cause"]
    assert "mysql_netns_client_capability" in told["client"]["remedy"]

    # the role brings it back; what the manual does not say: root with user=mysql drops it
    assert [name.partition(" : ")[2] for name in _role(host, **{**wanted, "accounts": []}).changed] == [
        "Grant the capability to the server",
        "Grant the capability to the clients",
    ]
    assert not mysql.start(*PLAIN, options=("--user=mysql",))
    (dropped,) = [each for each in _told(host) if each["code"] == "MY-013408"]
    assert "root started it with user=mysql" in dropped["cause"]
    assert "AmbientCapabilities" in dropped["remedy"]
    assert mysql.start(), mysql.log()
    mysql.stop()


#: an option with which the server does not start: the message, words of the cause, words of the remedy
WRONG = {
    "bind_address=192.0.2.2/green": ("MY-013406", "no namespace green", "This host has blue, red."),
    "bind_address=*/red": ("MY-013407", "wildcard cannot have one", "192.0.2.2/red"),
    "bind_address=0.0.0.0,127.0.0.1": ("MY-013409", "has to be the only one", "Omit the others"),
    "bind_address=192.0.2.9/red": ("MY-010262", "does not exist in its namespace", "ip -n NAME address"),
    "bind_address=named-in-red/red": ("MY-010256", "/etc/netns/NAME/hosts", "IP address"),
    "admin_address=*": ("MY-013291", "admin_address is *", "192.0.2.2/red"),
}


def test_the_doctor_knows_why_a_server_does_not_start(mysql: MySQL) -> None:
    host = mysql.sandbox
    host.sh("mkdir -p /etc/netns/red; echo 192.0.2.2 named-in-red >/etc/netns/red/hosts")
    host.apply("file_capability", {"path": SERVER, "capabilities": "cap_sys_admin+ep"})
    logs = []
    for option, (code, _cause, _remedy) in WRONG.items():
        host.sh(f"printf '[mysqld]\\n%s\\n' '{option}' >{FRAGMENT}")
        assert not mysql.start(), option
        assert code in mysql.log()
        logs.append(f"/var/log/mysql/{code}.log")
        host.sh(f"cp {LOG} {logs[-1]}")
    # a client names a namespace that is not there
    said = mysql.client("SELECT 1", "--host=192.0.2.2", "--network-namespace=green", check=False)
    assert said == "ERROR: Network namespace error: No such file or directory"
    client, *told = _told(host, logs=["/var/log/missing.log", *logs], text=said)
    assert (client["code"], client["line"]) == ("client", said)
    assert "This host has blue, red." in client["remedy"]
    assert [each["code"] for each in told] == [code for code, _cause, _remedy in WRONG.values()]
    for each, (_code, cause, remedy) in zip(told, WRONG.values(), strict=True):
        assert cause in each["cause"]
        assert remedy in each["remedy"]


def test_a_replica_reaches_its_source_in_a_namespace(mysql: MySQL) -> None:
    host = mysql.sandbox
    _role(host, bind_address=LISTEN, skip_name_resolve=True)
    assert mysql.start(), mysql.log()
    _role(host, bind_address=LISTEN, skip_name_resolve=True, accounts=[REPLICA])
    replica = MySQL(host, "replica")
    assert replica.start(options=("--bind-address=127.0.0.1", "--port=3307", "--mysqlx=OFF", "--server-id=2"))
    replica.client(
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='192.0.2.2', SOURCE_USER='replica', SOURCE_PASSWORD='c0py',"
        " GET_SOURCE_PUBLIC_KEY=1, NETWORK_NAMESPACE='red'; START REPLICA"
    )
    mysql.client("CREATE DATABASE shop; CREATE TABLE shop.tea (name TEXT); INSERT INTO shop.tea VALUES ('green')")
    executed = mysql.client("SELECT @@GLOBAL.gtid_executed", "--skip-column-names")
    waited = replica.client(f"SELECT WAIT_FOR_EXECUTED_GTID_SET('{executed}', 60)", "--skip-column-names")
    status = replica.client("SHOW REPLICA STATUS", "--vertical")
    assert executed
    assert waited == "0", status
    shown = {
        name.strip(): value.strip() for name, _colon, value in (line.partition(":") for line in status.splitlines())
    }
    assert (shown["Network_Namespace"], shown["Source_Host"]) == ("red", "192.0.2.2")
    assert shown["Replica_IO_Running"] == shown["Replica_SQL_Running"] == "Yes"
    stored = "SELECT network_namespace FROM performance_schema.replication_connection_configuration"
    assert replica.client(stored, "--skip-column-names") == "red"
    assert replica.client("SELECT name FROM shop.tea", "--skip-column-names") == "green"
    dumps = "SELECT user, host FROM performance_schema.processlist WHERE command LIKE 'Binlog Dump%'"
    user, seen = mysql.client(dumps, "--skip-column-names").split("\t")
    assert (user, seen.rpartition(":")[0]) == ("replica", "192.0.2.2")
    replica.stop()
    mysql.stop()


def test_ambient_capabilities_and_back(mysql: MySQL) -> None:
    host = mysql.sandbox
    host.sh("mkdir -p /usr/lib/systemd/system; echo '[Service]' >/usr/lib/systemd/system/mysql.service")
    files = f"cat {FRAGMENT} {DROP_IN} 2>&1; ls -d $(dirname {DROP_IN}) 2>&1; getcap {SERVER} {CLIENT}"
    before = host.sh(files, check=False)
    _role(host, bind_address=LISTEN)
    assert _capable(host) == [SERVER, CLIENT]
    assert "Ambient" not in host.sh(f"cat {DROP_IN}")

    wanted = {"bind_address": LISTEN, "capability": "ambient", "after": ["lab.service"]}
    checked = _role(host, "--check", "--diff", **wanted)
    assert _capable(host) == [SERVER, CLIENT]
    assert _role(host, **wanted).changed == checked.changed
    assert _capable(host) == []
    assert host.sh(f"cat {DROP_IN}").splitlines()[1:] == [
        "[Unit]",
        "After=network.target lab.service",
        "Wants=lab.service",
        "",
        "[Service]",
        "User=mysql",
        "AmbientCapabilities=CAP_SYS_ADMIN",
    ]
    # as systemd does it
    assert mysql.start(*mysql.as_user("mysql", "--inh-caps=+sys_admin", "--ambient-caps=+sys_admin")), mysql.log()
    assert _listens(host, 3306) == {"": {"127.0.0.1"}, "red": {"192.0.2.2"}, "blue": {"198.51.100.2"}}
    more = _role(host, **wanted, client_capability=True, accounts=[RED])
    assert [name.partition(" : ")[2] for name in more.changed] == [
        "Grant the capability to the clients",
        "Change the accounts",
    ]
    assert _capable(host) == [CLIENT]

    mysql.client("CREATE USER blue_user@198.51.100.2")
    users = "SELECT CONCAT(user, '@', host) FROM mysql.user WHERE user LIKE '%_user'"
    assert set(mysql.client(users, "--skip-column-names").split()) == {"red_user@192.0.2.2", "blue_user@198.51.100.2"}
    theirs = _failure(_role(host, **wanted, accounts=[RED, BLUE], check=False))
    assert "an account that the role did not create, without INSERT, SELECT" in theirs
    assert BLUE["password"] not in theirs
    assert _role(host, state="absent", accounts=[RED, BLUE]).changed
    assert mysql.client(users, "--skip-column-names") == "blue_user@198.51.100.2"
    assert host.sh(files, check=False) == before
    assert _role(host, state="absent", accounts=[RED, BLUE]).changed == []

    # the kernel drops ambient capabilities where the file has any of its own
    host.sh(f"setcap cap_sys_nice+ep {SERVER}")
    assert "the kernel drops ambient capabilities" in _failure(_role(host, **wanted, check=False))
    mysql.stop()


def test_refused_before_anything_is_touched(mysql: MySQL) -> None:
    host = mysql.sandbox
    look = f"find /etc /run/netns -newer /run/ready ! -path '/etc/mysql' | sort; getcap {SERVER} {CLIENT}"
    host.sh("touch /run/ready")
    before = host.sh(look)
    green = _failure(_role(host, bind_address=[{"address": "192.0.2.2", "netns": "green"}], check=False))
    assert "mysql_netns_bind_address[0].netns: expected a namespace of the host" in green
    assert "This host has blue, red." in green
    nowhere = {"config_path": "/etc/nowhere/netns.cnf", "capability": "ambient"}
    both = _failure(_role(host, bind_address=LISTEN, check=False, **nowhere))
    assert "there is no directory /etc/nowhere" in both and "needs a systemd unit" in both
    names = {"user": "mysql\nExecStartPre=/bin/x", "after": ["a.service\n[Service]"], "service": "../x"}
    named = _failure(_role(host, bind_address=LISTEN, check=False, **names))
    for variable in names:
        assert f"mysql_netns_{variable}: expected" in named, named
    none = _failure(_role(host, bind_address=LISTEN, binaries=["/opt/mysqld"], check=False))
    assert "mysql_netns_binaries: expected a MySQL with network namespaces; found none of these files" in none
    assert host.sh(look) == before


def test_another_file_overrules_the_options(mysql: MySQL) -> None:
    """As on Debian and Ubuntu, whose own file for the server has an address and is read last."""
    host = mysql.sandbox
    debians = "/etc/mysql/mysql.conf.d"
    host.sh(f"mkdir {debians} /etc/elsewhere.d; echo '!includedir {debians}/' >>/etc/mysql/my.cnf")
    host.sh(f"printf '[mysqld]\\nbind-address = 127.0.0.1\\n' >{debians}/mysqld.cnf")
    said = _failure(_role(host, bind_address=LISTEN, config_path=FRAGMENT, check=False))
    assert "found 127.0.0.1, from another file" in said
    host.sh(f"rm {FRAGMENT}")
    said = _failure(_role(host, bind_address=LISTEN, config_path="/etc/elsewhere.d/netns.cnf", check=False))
    assert "a file that the server does not read" in said
    # where nothing is said, a folder is chosen that is read after it
    _role(host, bind_address=LISTEN)
    assert "192.0.2.2/red" in host.sh(f"cat {debians}/netns-lab.cnf")
    _role(host, state="absent")
    assert host.sh(f"ls {debians}").split() == ["mysqld.cnf"]


VERSION = "mysqld  Ver 10.11.14-MariaDB-0+deb12u2 for debian-linux-gnu on x86_64 (Debian 12)"


@pytest.mark.parametrize("named", ["mysqld", "mariadbd"])
def test_mariadb_is_told_from_mysql(lab: Sandbox, tmp_path: Path, named: str) -> None:
    """A program that says of itself what Debian's MariaDB says; nothing else of it is asked."""
    fake = tmp_path / named
    fake.write_text(f"#!/bin/sh\necho '{VERSION}'\n")
    fake.chmod(0o755)
    lab.sh("mkdir -p /etc/mysql/conf.d")
    before = lab.dump()
    given = {"bind_address": LISTEN, "binaries": [str(tmp_path / "mysqld")]}
    hidden = {"__mysql_netns_mariadb": [str(tmp_path / "mariadbd")]}
    said = _failure(_role(lab, "-e", json.dumps(hidden), **given, check=False))
    assert str(fake) in said
    assert "MariaDB has no network namespaces" in said
    assert lab.dump() == before
    assert not fake.stat().st_mode & 0o7000
