from typing import Any

from synapse.config import ConfigError
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse import LigandModules
from ligand_synapse.config import Config, TcpAddress, UnixAddress, listens_elsewhere


class ConfigTests(SynchronousTestCase):
    def test_a_config_with_a_socket_alone_has_defaults(self) -> None:
        self.assertEqual(
            LigandModules.parse_config({"socket": "unix:/run/ligand.sock"}),
            Config(UnixAddress("/run/ligand.sock"), None, 10.0, 10.0, {}),
        )

    def test_every_option_of_the_config_is_read(self) -> None:
        policies = {"check_event_for_spam": "deny", "on_new_event": "allow"}
        config = LigandModules.parse_config(
            {
                "socket": "tcp:127.0.0.1:9010",
                "command": ["ligand", "serve"],
                "connect_timeout": 3,
                "call_timeout": 0.5,
                "on_disconnect": policies,
            }
        )
        self.assertEqual(config.address, TcpAddress("127.0.0.1", 9010))
        self.assertEqual(config.command, ("ligand", "serve"))
        self.assertEqual((config.connect_timeout, config.call_timeout), (3.0, 0.5))
        self.assertEqual(config.on_disconnect, policies)

    def test_synapse_waits_longer_for_what_it_starts_itself(self) -> None:
        alone = LigandModules.parse_config({"socket": "/a"})
        started = LigandModules.parse_config({"socket": "/a", "command": ["ligand", "serve"]})
        self.assertEqual((alone.connect_timeout, alone.call_timeout), (10.0, 10.0))
        self.assertEqual((started.connect_timeout, started.call_timeout), (60.0, 10.0))

    def test_a_socket_may_be_a_path_without_unix(self) -> None:
        self.assertEqual(LigandModules.parse_config({"socket": "/a"}).address, UnixAddress("/a"))

    def test_an_error_names_the_key_and_what_is_wrong_with_it(self) -> None:
        socket = {"socket": "/a"}
        cases: list[tuple[Any, str, list[str]]] = [
            (None, "expected an object with the key `socket`, found None", []),
            ({}, "`socket` must say where `ligand serve` listens", ["socket"]),
            ({"socket": "relative"}, "with an absolute path", ["socket"]),
            ({"socket": "/" + "x" * 103}, "is longer than 103 bytes", ["socket"]),
            ({"socket": "tcp:10.0.0.1:1"}, "A port is that of this machine alone", ["socket"]),
            ({"socket": "tcp:127.0.0.1:70000"}, "found 'tcp:127.0.0.1:70000'", ["socket"]),
            ({"socket": "tcp:127.0.0.1:²"}, "found 'tcp:127.0.0.1:²'", ["socket"]),
            ({**socket, "comand": []}, "did you mean 'command'?", ["comand"]),
            ({**socket, "command": "ligand"}, "`command` must be a list of strings", ["command"]),
            ({**socket, "command": ["a\0b"]}, "`command` has a NUL character", ["command"]),
            ({**socket, "call_timeout": 0}, "greater than 0; found 0", ["call_timeout"]),
            ({**socket, "call_timeout": float("inf")}, "0; found inf", ["call_timeout"]),
            ({**socket, "connect_timeout": float("nan")}, "0; found nan", ["connect_timeout"]),
            ({**socket, "on_disconnect": []}, "must map names of hooks", ["on_disconnect"]),
            ({**socket, "call_timeout": True}, "greater than 0; found True", ["call_timeout"]),
            (
                {**socket, "on_disconnect": {"check_event_for_spm": "deny"}},
                "did you mean 'check_event_for_spam'?",
                ["on_disconnect", "check_event_for_spm"],
            ),
            (
                {**socket, "on_disconnect": {"user_may_invite": False}},
                "expected allow, deny or error; found False",
                ["on_disconnect", "user_may_invite"],
            ),
            (
                {**socket, "on_disconnect": {"on_new_event": "deny"}},
                "on_new_event has no answer that denies",
                ["on_disconnect", "on_new_event"],
            ),
        ]
        for config, message, path in cases:
            error = self.assertRaises(ConfigError, LigandModules.parse_config, config)
            self.assertIn(message, str(error))
            self.assertEqual(list(error.path or ()), path)

    def test_all_mistakes_of_a_config_are_reported_together(self) -> None:
        error = self.assertRaises(
            ConfigError,
            LigandModules.parse_config,
            {
                "sockt": "/a",
                "call_timeout": -1,
                "on_disconnect": {"on_new_event": "deny", "user_may_invite": "no"},
            },
        )
        self.assertEqual(
            str(error).splitlines(),
            [
                "5 mistakes",
                "  sockt: unknown key 'sockt'; did you mean 'socket'?",
                "  socket: `socket` must say where `ligand serve` listens: unix:/path, /path, or "
                "tcp:127.0.0.1:port; found None",
                "  call_timeout: `call_timeout` must be a finite number of seconds greater than 0; "
                "found -1",
                "  on_disconnect.on_new_event: on_new_event has no answer that denies; expected "
                "allow (as if no module had an opinion) or error (as if a module had failed)",
                "  on_disconnect.user_may_invite: expected allow, deny or error; found 'no'",
            ],
        )

    def test_a_command_that_listens_at_another_address_is_refused(self) -> None:
        for command, elsewhere in (
            (["ligand", "serve", "--listen", "unix:/a"], None),
            (["ligand", "serve", "--listen=/a"], None),
            (["/opt/wrapper"], None),
            (["ligand", "serve", "--listen", "unix:/b"], "unix:/b"),
            (["ligand", "serve", "--listen", "unix:a"], "unix:a"),
        ):
            config = LigandModules.parse_config({"socket": "/a", "command": command})
            self.assertEqual(listens_elsewhere(config), elsewhere)
