import json
import logging
import sys
import time
from typing import Any

from synapse.config import ConfigError
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse import LigandModules
from ligand_synapse.command import Command
from ligand_synapse.errors import decode_error
from ligand_synapse.hooks import HOOKS
from ligand_synapse.shown import shown

from .test_faults import Peer, args_of, bridge, outcome_of

MARK = "poured-"
SECRET = f"{MARK}secret"
DATABASE = f"postgres:postgres://synapse:{SECRET}@db.example.org/synapse"

SPILLS = (
    f"wrong fields {json.dumps({'user': 'bob', 'password': SECRET})}",
    f"sent {json.dumps({'body': json.dumps({'access_token': SECRET})})}",
    f"request { ({'headers': {'Authorization': f'Bearer {SECRET}'}})!r}",
    f"GET /_matrix/client/v3/sync?access_token={SECRET}&timeout=0 failed",
    f"Authorization: Bearer {SECRET}",
    f"Cookie: {SECRET}; theme=dark",
    f"connect to {DATABASE} failed",
    f"  shared_secret: {SECRET}",
    f"no such token syt_{SECRET}",
    f"PGPASSWORD={SECRET} ligand serve",
)


class SecretsTests(SynchronousTestCase):
    def test_strings_are_shown_unchanged_except_for_their_secrets(self) -> None:
        for spill in SPILLS:
            with self.subTest(spill=spill):
                self.assertNotIn(MARK, shown(spill))
        for harmless in (
            "2026-11-28T00:00:00.000Z info [X] Started 2 modules: A, B",
            "callback X.check of module X on SpamChecker.checkEventForSpam failed: boom",
            "listening on unix:/run/ligand.sock; health on tcp:127.0.0.1:9011",
            "https://example.org:8448/a:b@c d@e",
        ):
            self.assertEqual(shown(harmless), harmless)

    def test_secrets_are_removed_quickly_from_strings_of_any_shape(self) -> None:
        for piece in ("a", "://a:", "password", "password=", "tok-en.", "\\", "syt_", " ", "=:"):
            start = time.process_time()
            shown(piece * (65536 // len(piece)))
            self.assertLess(time.process_time() - start, 2.0, piece)

    def test_no_config_error_shows_a_secret(self) -> None:
        socket = {"socket": "/a"}
        configs: tuple[Any, ...] = (
            f"password: {SECRET}",
            [SECRET],
            {"socket": f"tcp://user:{SECRET}@127.0.0.1:9000"},
            {**socket, "command": f"ligand serve --database {DATABASE}"},
            {**socket, "command": ["ligand", "--database", DATABASE, 3]},
            {**socket, "command": {"PGPASSWORD": SECRET}},
            {**socket, "call_timeout": f"access_token={SECRET}"},
            {**socket, "on_disconnect": [{"password": SECRET}]},
            {**socket, "on_disconnect": {"on_new_event": {"password": SECRET}}},
            {**socket, "password": SECRET},
        )
        for config in configs:
            with self.subTest(config=config):
                error = self.assertRaises(ConfigError, LigandModules.parse_config, config)
                self.assertNotIn(MARK, str(error))

    def test_neither_the_command_nor_its_output_shows_a_secret(self) -> None:
        code = f"print({chr(10).join(SPILLS)!r}, flush=True)"
        command = Command([sys.executable, "-c", code, "--database", DATABASE])
        with self.assertLogs("ligand_synapse", "DEBUG") as logs:
            status = command._run()
        self.assertEqual(status, 0)
        text = "\n".join(record.getMessage() for record in logs.records)
        self.assertEqual(text.count("[redacted]") > len(SPILLS), True)
        self.assertNotIn(MARK, text)
        self.assertNotIn(MARK, command._said())

    def test_a_line_is_cut_after_its_secrets_are_removed(self) -> None:
        line = "x" * 1971 + f" postgres://ligand:{SECRET}@db.example.org/ligand"
        command = Command([sys.executable, "-c", f"print({line!r}, flush=True)"])
        with self.assertLogs("ligand_synapse", "DEBUG"):
            self.assertEqual(command._run(), 0)
        self.assertNotIn(MARK, command._said())
        self.assertEqual([len(line) for line in command._last_lines], [2000])

    def test_malformed_messages_are_logged_and_raised_without_their_content(
        self,
    ) -> None:
        errors: tuple[Any, ...] = (
            {"data": {"kind": "matrix", "status": {"password": SECRET}}, "message": "m"},
            {"data": {"kind": "matrix", "body": [SECRET]}, "message": "m"},
        )
        for error in errors:
            self.assertNotIn(MARK, str(decode_error(error)))
        results: tuple[Any, ...] = ([SECRET], {"password": SECRET}, SECRET)
        for name in HOOKS:
            if name == "auth_checkers":
                continue
            for result in results:
                with self.subTest(hook=name, result=result):
                    peer = Peer(hook={"result": result})
                    logger = logging.getLogger("ligand_synapse")
                    with self.assertLogs(logger, "DEBUG") as logs:
                        logger.debug("so that there is a line")
                        outcome = outcome_of(bridge(peer).ask(HOOKS[name], args_of(name)))
                    lines = [record.getMessage() for record in logs.records]
                    raised = str(outcome) if isinstance(outcome, Exception) else ""
                    self.assertNotIn(MARK, "\n".join((*lines, raised)))
