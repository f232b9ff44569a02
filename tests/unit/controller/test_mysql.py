# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""MySQL in namespaces: what the role's filters take and refuse, the accounts' SQL, and the doctor's words."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.netns.lab.plugins.module_utils._model.errors import (
    Dependency,
    InvalidArgument,
    LabError,
    Verification,
)
from ansible_collections.netns.lab.plugins.plugin_utils.mysql import accounts as mysql_accounts
from ansible_collections.netns.lab.plugins.plugin_utils.mysql import doctor as mysql_doctor
from ansible_collections.netns.lab.plugins.plugin_utils.mysql import server as mysql
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[3]
ROLE = ROOT / "roles" / "mysql_netns"

THE_MANUALS = [
    {"address": "127.0.0.1"},
    {"address": "192.0.2.2", "netns": "red"},
    {"address": "198.51.100.2", "netns": "blue"},
]
HOSTS = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).filter(lambda ip: not ip.is_unspecified).map(str)
NETNS = st.one_of(st.none(), st.just(""), st.from_regex(r"[a-z0-9_][a-z0-9_.-]{0,20}", fullmatch=True))
ENTRIES = st.lists(
    st.builds(lambda host, netns: {"address": host, "netns": netns}, HOSTS, NETNS),
    min_size=1,
    max_size=6,
    unique_by=lambda entry: (ip_address(entry["address"]), entry["netns"] or ""),
)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


def refused(function: Any, *args: Any, **kwargs: Any) -> LabError:
    """The error of a call that is refused."""
    with pytest.raises(LabError) as caught:
        function(*args, **kwargs)
    return caught.value


def test_the_example_of_the_manual():
    options = {"bind_address": THE_MANUALS, "admin_address": THE_MANUALS[1:2], "mysqlx_bind_address": []}
    assert mysql.addresses(options, ["red", "blue"]) == {
        "bind_address": "127.0.0.1,192.0.2.2/red,198.51.100.2/blue",
        "admin_address": "192.0.2.2/red",
    }
    assert mysql.addresses({}) == {}


@given(ENTRIES)
def test_what_is_written_reads_back_as_the_server_reads_it(entries):
    text = mysql.addresses({"bind_address": entries})["bind_address"]
    parts = [part.partition("/") for part in text.split(",")]
    assert [(ip_address(host), netns) for host, _slash, netns in parts] == [
        (ip_address(entry["address"]), entry["netns"] or "") for entry in entries
    ]
    assert not set(text) & set(" \t\n#'\"\\;")
    # a namespace that is not there is found, whichever it is
    named = {entry["netns"] for entry in entries if entry["netns"]}
    assert mysql.addresses({"bind_address": entries}, sorted(named)) == {"bind_address": text}
    for netns in named:
        said = refused(mysql.addresses, {"bind_address": entries}, sorted(named - {netns}))
        assert said.found == f"no {netns!r}"


@given(TEXTS, TEXTS)
def test_no_text_at_all_breaks_out_of_the_file_of_options(address, netns):
    try:
        text = mysql.addresses({"bind_address": [{"address": address, "netns": netns}]})["bind_address"]
    except InvalidArgument:
        return
    assert re.fullmatch(r"\*|[A-Za-z0-9_.:-]+(/[A-Za-z0-9_.@+=~-]+)?", text)


@pytest.mark.parametrize("wildcard", ["*", "0.0.0.0", "::", "0::0"])
def test_wildcards(wildcard):
    alone = [{"address": wildcard}]
    assert mysql.addresses({"bind_address": alone})["bind_address"] in ("*", "0.0.0.0", "::")
    said = refused(mysql.addresses, {"bind_address": [{"address": wildcard, "netns": "red"}]}, [])
    assert (said.obj, said.found) == ("mysql_netns_bind_address[0].netns", "'red'")
    said = refused(mysql.addresses, {"mysqlx_bind_address": [*alone, *THE_MANUALS]})
    assert said.expected == "a wildcard alone in its list"
    said = refused(mysql.addresses, {"bind_address": [*THE_MANUALS, *alone]})
    assert said.obj == "mysql_netns_bind_address[3].address"
    said = refused(mysql.addresses, {"admin_address": alone})
    assert said.expected == "one address, no wildcard"


@pytest.mark.parametrize(
    ("entry", "found", "remedy"),
    [
        ({"address": "192.0.2.2/red"}, "'192.0.2.2/red'", "{address: 192.0.2.2, netns: red}"),
        ({"address": "192.0.2.2/24"}, "'192.0.2.2/24'", "without a prefix length"),
        ({"address": "192.0.2.300"}, "'192.0.2.300'", "192.0.2.2"),
        ({"address": "[fd00::2]"}, "'[fd00::2]'", "fd00::2"),
        ({"address": "fe80::1%eth0"}, "'fe80::1%eth0'", "link-local"),
        ({"address": "a,b"}, "'a,b'", "such as 192.0.2.2"),
        ({"address": ""}, "nothing", "value"),
        ({"address": 3306}, "3306", "quotes"),
        ({}, "nothing", "value"),
        ({"address": "192.0.2.2", "ns": "red"}, "'ns'", "address, netns"),
        ({"address": "192.0.2.2", "netns": "a/b"}, "'a/b'", "letters"),
        ({"address": "192.0.2.2", "netns": "a,b"}, "'a,b'", "comma"),
        ({"address": "192.0.2.2", "netns": "a#b"}, "'a#b'", "comma"),
        ({"address": "192.0.2.2", "netns": "a b"}, "' '", "letters"),
        ({"address": "192.0.2.2", "netns": ".."}, "'..'", "directories"),
        ({"address": "192.0.2.2", "netns": "green"}, "no 'green'", "This host has blue, red. Build the lab first"),
        ("192.0.2.2", "str", "key: value"),
    ],
)
def test_refused_addresses(entry, found, remedy):
    said = refused(mysql.addresses, {"bind_address": [entry]}, ["red", "blue"])
    assert said.obj.startswith("mysql_netns_bind_address[0]")
    assert said.kind == "InvalidArgument"
    assert found in said.found
    assert remedy in said.remedy
    assert said.remedy.endswith(".")


def test_twice_and_too_many():
    said = refused(mysql.addresses, {"bind_address": [*THE_MANUALS, {"address": "192.0.2.2", "netns": "red"}]})
    assert said.found == "192.0.2.2/red, which is already used by mysql_netns_bind_address[1]"
    said = refused(mysql.addresses, {"bind_address": [{"address": "fd00::2"}, {"address": "FD00:0::2"}]})
    assert said.obj == "mysql_netns_bind_address[1]"
    # the same address in two namespaces is two addresses
    both = [{"address": "10.0.0.1", "netns": netns} for netns in ("red", "blue", None)]
    assert mysql.addresses({"bind_address": both}) == {"bind_address": "10.0.0.1/red,10.0.0.1/blue,10.0.0.1"}
    assert refused(mysql.addresses, {"admin_address": THE_MANUALS}).expected == "exactly one address"
    assert refused(mysql.addresses, {"bind": THE_MANUALS}).obj == "mysql_addresses.bind"
    assert "This host has none." in refused(mysql.addresses, {"bind_address": THE_MANUALS}, []).remedy


def test_a_hosts_name_is_taken():
    assert mysql.addresses({"bind_address": [{"address": "DB.example.com", "netns": "red"}]}) == {
        "bind_address": "db.example.com/red"
    }


MYSQL = "/usr/sbin/mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))"
MARIADB = "mysqld  Ver 10.11.14-MariaDB-0+deb12u2 for debian-linux-gnu on x86_64 (Debian 12)"


def test_mysql_is_told_from_mariadb():
    client = "mysql  Ver 8.0.43 for Linux on x86_64 (MySQL Community Server - GPL)"
    both = {"/usr/sbin/mysqld": MYSQL, "/usr/bin/mysql": client}
    assert mysql.edition(both) == {"/usr/sbin/mysqld": "9.7.4", "/usr/bin/mysql": "8.0.43"}
    assert mysql.edition({"/usr/sbin/mysqld": MYSQL}, ["/usr/sbin/mariadbd"]) == {"/usr/sbin/mysqld": "9.7.4"}
    for versions, others in (
        ({"/usr/sbin/mysqld": MARIADB}, []),
        ({"/usr/bin/mysql": "mysql  Ver 15.1 Distrib 10.11.14-MariaDB, for debian-linux-gnu (x86_64)"}, []),
        ({"/usr/bin/mysql": "mysql from 11.8.3-MariaDB, client 15.2 for debian-linux-gnu (x86_64)"}, []),
        ({}, ["/usr/sbin/mariadbd"]),
        ({"/usr/bin/mysql": client}, ["/usr/sbin/mariadbd"]),
    ):
        said = refused(mysql.edition, versions, others)
        assert isinstance(said, Dependency)
        assert "MariaDB has no network namespaces" in said.remedy


@pytest.mark.parametrize(
    ("versions", "found"),
    [
        ({"/m/mysqld": "mysqld  Ver 8.0.21 for Linux on x86_64"}, "8.0.21"),
        ({"/m/mysqld": "mysqld  Ver 5.7.44 for Linux on x86_64"}, "5.7.44"),
        ({"/m/mysqld": "hello"}, "'hello' as its version"),
        ({}, "none of these files"),
    ],
)
def test_no_mysql_with_namespaces(versions, found):
    said = refused(mysql.edition, versions)
    assert isinstance(said, Dependency)
    assert said.found == found


def test_whether_the_options_are_in_effect():
    wanted = {"bind_address": "127.0.0.1,192.0.2.2/red"}
    head = "mysqld would have been started with the following arguments:\n"
    mine = "--bind_address=127.0.0.1,192.0.2.2/red"
    assert mysql.in_effect(wanted, f"{head}--bind-address=::1 {mine} --port=3306", "/c") is True
    said = refused(mysql.in_effect, wanted, f"{head}{mine} --bind-address=127.0.0.1", "/c")
    assert isinstance(said, Verification)
    assert said.found == "127.0.0.1, from another file"
    assert refused(mysql.in_effect, wanted, head, "/c").found == "a file that the server does not read"


RED = {"name": "red_user", "host": "192.0.2.2", "password": "s3cret"}


def rows(*lines: tuple[str, ...]) -> str:
    """The server's answer to the query."""
    return "\n".join("\t".join([*(field.encode().hex().upper() for field in line[:-1]), line[-1]]) for line in lines)


def changes(accounts: list[dict[str, Any]], answer: str, state: str = "present") -> list[str]:
    return [change["sql"].strip() for change in mysql_accounts.account_changes(accounts, answer, state)]


THERE = ("'red_user'@'192.0.2.2'", "*", "*", "USAGE")
MARKED = ("'red_user'@'192.0.2.2'", "mark")


def test_an_account_is_made_once():
    (sql,) = changes([RED], "")
    assert sql == (
        "CREATE USER 'red_user'@'192.0.2.2' IDENTIFIED BY 's3cret' ATTRIBUTE '{\"netns.lab\": \"mysql_netns\"}';"
    )
    assert changes([RED], rows(THERE, MARKED)) == []
    assert changes([RED], rows(THERE)) == []
    assert mysql_accounts.account_script([]) == ""
    made = mysql_accounts.account_changes([RED], "")
    assert made[0]["what"] == "create red_user@192.0.2.2"
    assert mysql_accounts.account_script(made) == f"SET SESSION sql_mode = '';\n{sql}\n"


def test_privileges_are_compared_as_the_server_lists_them():
    reader = {**RED, "priv": ["select, Insert on shop.*", "ALL ON `te``a`.green", "PROCESS ON *.*"]}
    assert changes([reader], "")[1:] == [
        "GRANT INSERT, SELECT ON `shop`.* TO 'red_user'@'192.0.2.2';",
        "GRANT ALL ON `te``a`.`green` TO 'red_user'@'192.0.2.2';",
        "GRANT PROCESS ON *.* TO 'red_user'@'192.0.2.2';",
    ]
    me = "'red_user'@'192.0.2.2'"
    has = [(me, "shop", "*", "SELECT"), (me, "*", "*", "PROCESS"), MARKED]
    has += [(me, "te`a", "green", privilege) for privilege in mysql_accounts._ON_TABLE]
    assert changes([reader], rows(*has)) == ["GRANT INSERT, SELECT ON `shop`.* TO 'red_user'@'192.0.2.2';"]
    assert changes([reader], rows(*has, (me, "shop", "*", "INSERT"), (me, "shop", "*", "DROP"))) == []


def test_an_account_of_somebody_else_is_left_alone():
    said = refused(mysql_accounts.account_changes, [{**RED, "priv": ["SELECT ON shop.*"]}], rows(THERE))
    assert "did not create" in said.found
    assert changes([RED], rows(THERE), "absent") == []
    assert changes([RED], rows(THERE, MARKED), "absent") == ["DROP USER 'red_user'@'192.0.2.2';"]
    assert changes([RED], "", "absent") == []


@given(st.text(min_size=1, max_size=40))
def test_a_string_of_sql_ends_where_it_ends(text):
    """As MySQL reads a string with an empty sql_mode: a backslash hides one character, two quotes are one."""
    body = mysql_accounts.quoted(text)
    assert (body[0], body[-1]) == ("'", "'")
    read = re.fullmatch(r"(?:[^'\\]|\\.|'')*", body[1:-1], re.DOTALL)
    assert read
    assert re.sub(r"\\(.)|''", lambda match: match[1] or "'", body[1:-1], flags=re.DOTALL) == text


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        ({**RED, "password": ""}, "password"),
        ({**RED, "password": 1234}, "password"),
        ({**RED, "password": "s3cret\n"}, "password"),
        ({**RED, "name": ""}, "name"),
        ({**RED, "name": "x" * 33}, "name"),
        ({**RED, "host": "%"}, "host"),
        ({**RED, "host": "192.0.2.2/24"}, "host"),
        ({**RED, "grants": "ALL"}, "grants"),
        ({**RED, "priv": "SELECT ON shop"}, "priv[0]"),
        ({**RED, "priv": "SELECT ON shop.*; DROP DATABASE shop"}, "priv[0]"),
        ({**RED, "priv": "SELECT (name) ON shop.tea"}, "priv[0]"),
        ({**RED, "priv": "SELECT,, INSERT ON shop.*"}, "priv[0]"),
        ({**RED, "priv": ["SELECT ON a.*", "ALL, SELECT ON shop.*"]}, "priv[1]"),
        ({**RED, "priv": "SELECT ON *.tea"}, "priv[0]"),
    ],
)
def test_refused_accounts_never_show_a_password(entry, where):
    for function in (mysql_accounts.account_query, lambda accounts: mysql_accounts.account_changes(accounts, "")):
        said = refused(function, [entry])
        assert said.obj == f"mysql_netns_accounts[0].{where}"
        assert "s3cret" not in str(said)
        assert "1234" not in str(said)
    assert "s3cret" not in str(refused(mysql_accounts.account_query, ["red_user:s3cret"]))
    assert "already used by" in refused(mysql_accounts.account_query, [RED, RED]).found


def test_the_query_and_what_the_client_says_have_no_password():
    query = mysql_accounts.account_query([RED])
    assert "s3cret" not in query
    assert "'\\'red_user\\'@\\'192.0.2.2\\''" in query or "'''red_user''@''192.0.2.2'''" in query
    assert mysql_accounts.account_query([]) == mysql_accounts.account_query(None) == ""


@given(st.integers(0, 200), st.integers(0, 80), st.sampled_from(["near", "bei", "près de"]), st.sampled_from("'\"`«"))
def test_what_the_client_says_has_no_part_of_a_password(begin, length, near, mark):
    """The server repeats up to 80 characters of the statement, from where it does not understand it, in its language."""
    secret = "correct horse battery staple, and a good deal more of it than the server repeats"
    statement = f"CREATE USER 'red_user'@'192.0.2.2' IDENTIFIED BY '{secret}' ATTRIBUTE 'x';"
    part = statement[begin : begin + length]
    said = f"ERROR 1064 (42000) at line 2: You have an error in your SQL syntax {near} {mark}{part}\n{part}{mark} at line 1"
    told = mysql_accounts.without_secrets(said, [{**RED, "password": secret}])
    assert told == f"ERROR 1064 (42000) at line 2: You have an error in your SQL syntax {near} [...]"
    said = f"mysql: [ERROR] unknown variable 'pasword={secret[:begin]}'."
    assert mysql_accounts.without_secrets(said, [RED]) == "mysql: [ERROR] unknown variable [...]"
    silent = "ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/run/mysqld.sock' (2)"
    told = mysql_accounts.without_secrets(silent, [RED])
    assert told == "ERROR 2002 (HY000): Can't connect to local MySQL server through socket [...]"
    refused_ = "ERROR 1819 (HY000) at line 2: Your password does not satisfy the current policy requirements"
    assert mysql_accounts.without_secrets(refused_, [RED]) == refused_


def test_accounts_that_are_to_go_need_no_password():
    bare = {"name": "red_user", "host": "192.0.2.2"}
    assert mysql_accounts.account_query([bare], "absent") == mysql_accounts.account_query([RED])
    assert changes([bare], rows(THERE, MARKED), "absent") == ["DROP USER 'red_user'@'192.0.2.2';"]
    assert mysql_accounts.without_secrets("ERROR 2002 (HY000): no", [bare]) == "ERROR 2002 (HY000): no"
    assert refused(mysql_accounts.account_query, [bare]).obj == "mysql_netns_accounts[0].password"


AT = "2026-11-22T16:09:59.889157Z 0 [ERROR] "
SETNS = AT + "[MY-013408] [Server] setns() failed with error 'Operation not permitted'"


@pytest.mark.parametrize(
    ("line", "host", "code", "cause", "remedy"),
    [
        (SETNS, {"server": False}, "MY-013408", "reinstalled or upgraded", "setcap cap_sys_admin+ep mysqld"),
        (SETNS, {"server": True}, "MY-013408", "root started it with user=mysql", "AmbientCapabilities=CAP_SYS_ADMIN"),
        (SETNS, {}, "MY-013408", "Or it was dropped", "If it has it: Start mysqld as mysql itself"),
        (
            AT + "[MY-013408] [Server] setns() failed with error 'Invalid argument'",
            {},
            "MY-013408",
            "Invalid argument",
            "ip netns",
        ),
        (
            AT + "[MY-013406] [Server] Unknown network namespace 'green'",
            {"namespaces": ["red"]},
            "MY-013406",
            "no namespace green",
            "This host has red. Build the lab",
        ),
        (
            AT + "[MY-013407] [Server] Network namespace not allowed for wildcard interface address",
            {},
            "MY-013407",
            "A wildcard cannot have one",
            "192.0.2.2/red",
        ),
        (
            AT + "[MY-013409] [Server] Wildcard address value not allowed for multivalued bind address",
            {},
            "MY-013409",
            "the only one",
            "Omit",
        ),
        (
            AT + "[MY-013597] [Server] Plugin mysqlx reported: 'Value '192.0.2.2/green' set to `Mysqlx_bind_address`,"
            " X Plugin can't bind to it. Skipping this value.'",
            {},
            "MY-013597",
            "192.0.2.2/green",
            "mysqlx_bind_address",
        ),
        (
            AT
            + "[MY-013596] [Server] Plugin mysqlx reported: 'Validation of value '*/red' set to `Mysqlx_bind_address`"
            " failed: network namespace are not allowed for wildcards. Skipping this value.'",
            {},
            "MY-013596",
            "network namespace are not allowed for wildcards",
            "mysqlx_bind_address",
        ),
        (
            "ERROR: Network namespace error: Operation not permitted",
            {"client": False},
            "client",
            "no CAP_SYS_ADMIN",
            "mysql_netns_client_capability",
        ),
        (
            "ERROR: Network namespace error: Operation not permitted",
            {"client": True},
            "client",
            "no_new_privs",
            "as root",
        ),
        (
            "ERROR: Network namespace error: No such file or directory",
            {"namespaces": []},
            "client",
            "not in /run/netns",
            "This host has none.",
        ),
    ],
)
def test_the_doctor(line, host, code, cause, remedy):
    (told,) = mysql_doctor.findings(f"something else\n{line}\n{AT}[MY-010119] [Server] Aborting\n", host)
    assert (told["code"], told["line"], told["count"]) == (code, line, 1)
    assert cause in told["cause"]
    assert remedy in told["remedy"]
    assert told["cause"][-1] + told["remedy"][-1] == ".."
    assert re.search(mysql_doctor.PATTERN, line)


def test_the_doctor_says_once_what_a_log_says_often():
    later = SETNS.replace("16:09", "17:10")
    told = mysql_doctor.findings(f"{SETNS}\n{AT}[MY-013407] [Server] x\n{later}\n")
    assert [(each["code"], each["count"]) for each in told] == [("MY-013407", 1), ("MY-013408", 2)]
    assert told[1]["line"] == later
    shown = mysql_doctor.lines(told)
    assert f"{later} (2 times, the last one here)" in shown
    assert all(len(line) <= 120 for line in shown if line.startswith(" "))
    assert mysql_doctor.lines([]) == ["Nothing in it concerns network namespaces."]
    assert refused(mysql_doctor.findings, None).obj == "mysql_findings"


STARTS = ("[MY-010116] [Server] /usr/sbin/mysqld (mysqld 9.7.0) starting as process 71", "[MY-015015] [Server] start.")


@pytest.mark.parametrize("start", STARTS)
def test_the_doctor_leaves_out_what_is_older_than_the_last_start(start):
    """A server that was healed is not ill, whatever its log has from before; each log has its own starts."""
    begun = AT.replace("[ERROR] ", "[System] ") + start
    assert mysql_doctor.findings(f"{begun}\n{SETNS}\n{begun}\n") == []
    assert [each["count"] for each in mysql_doctor.findings(f"{SETNS}\n{begun}\n{SETNS}\n")] == [1]
    assert len(mysql_doctor.findings([f"{begun}\n{SETNS}\n", f"{begun}\n"])) == 1


@given(st.text())
def test_the_doctor_reads_any_text(text):
    assert mysql_doctor.findings(text) == [] or "MY-" in text or "Network" in text


def read(path: str) -> Any:
    """A YAML file of the role."""
    return yaml.safe_load((ROLE / path).read_text())


def test_the_role_states_its_defaults():
    specs = read("meta/argument_specs.yml")["argument_specs"]
    stated = {
        name: option["default"]
        for spec in specs.values()
        for name, option in spec["options"].items()
        if "default" in option
    }
    assert read("defaults/main.yml") == stated
    main, doctor = (specs[name]["options"] for name in ("main", "doctor"))
    assert main["mysql_netns_binaries"]["default"] == doctor["mysql_netns_binaries"]["default"]
    account = main["mysql_netns_accounts"]["options"]
    assert set(account) == set(mysql_accounts._ACCOUNT_OPTIONS)
    for variable in mysql.VARIABLES:
        assert set(main[mysql.PREFIX + variable]["options"]) == {"address", "netns"}


def test_the_doctor_of_the_role_looks_for_what_the_filter_knows():
    (task,) = [task for task in read("tasks/doctor.yml") if task.get("vars", {}).get("pattern")]
    assert task["vars"]["pattern"] == mysql_doctor.PATTERN
    for code, _pattern, _tell in mysql_doctor._KNOWN:
        assert code == "client" or re.search(mysql_doctor.PATTERN, f"[{code}]")


def test_a_password_is_never_an_argument_or_shown():
    for task in read("tasks/accounts.yml"):
        if "ansible.builtin.command" in task:
            assert task["no_log"] is True
        if "mysql_account_script" in str(task):
            assert task["no_log"] is True
            assert "script" in task["ansible.builtin.command"]["stdin"]
            assert "script" not in str(task["ansible.builtin.command"]["argv"])
