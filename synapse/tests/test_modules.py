import inspect
import socket
import tempfile
import threading
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

from synapse.module_api import ModuleApi
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse import LigandModules
from ligand_synapse.errors import LigandError
from ligand_synapse.framing import FrameParser, frame
from ligand_synapse.hooks import HOOKS
from ligand_synapse.introduction import PROTOCOL_VERSION

INFO: dict[str, Any] = {
    "protocol": PROTOCOL_VERSION,
    "ligand": "0.1.0",
    "instance": "one",
    "modules": [{"id": "A", "name": "A"}],
    "hooks": [],
    "loginTypes": [],
    "webPaths": [],
}


def hook(name: str) -> dict[str, Any]:
    return {
        "category": "c",
        "hook": "h",
        "referenceName": name,
        "shield": True,
        "callbacks": [
            {
                "module": "filter",
                "name": "Filter.check",
                "parameters": HOOKS[name].arity if name in HOOKS else 0,
                "types": None,
                "state": None,
            }
        ],
    }


class FakeServe:
    """A `ligand serve` that answers one introduction and then closes."""

    def __init__(self, path: str, answer: dict[str, Any]) -> None:
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(path)
        self._server.listen()
        self._answer = answer
        self.asked: dict[str, Any] = {}
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        connection, _ = self._server.accept()
        with connection, self._server:
            parser = FrameParser()
            messages: list[dict[str, Any]] = []
            while not messages:
                messages = parser.feed(connection.recv(65536))
            self.asked = messages[0]
            connection.sendall(frame({"jsonrpc": "2.0", "id": 1, **self._answer}))


class LigandModulesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.api = create_autospec(ModuleApi, instance=True)
        self.api.server_name = "example.org"
        self.api.public_baseurl = "https://example.org/"
        self.api.email_app_name = "Matrix"
        self.api.worker_name = self.api.worker_app = self.api.custom_template_dir = None
        self.api.should_run_background_tasks.return_value = True
        # Not in trial's own directory, because a socket's path has to be short.
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = f"{directory.name}/ligand.sock"

    def test_only_the_main_process_runs_the_command(self) -> None:
        self.api.worker_app = "synapse.app.generic_worker"
        serve = FakeServe(self.path, {"result": INFO})
        started = Path(self.path).with_name("started")
        config = {"socket": self.path, "command": ["touch", str(started)]}
        with self.assertLogs("ligand_synapse.modules", "INFO") as logs:
            LigandModules(LigandModules.parse_config(config), self.api)
        serve.thread.join()
        self.assertIn("`command` is left to the main process", logs.output[0])
        self.assertFalse(started.exists())

    def start(self, answer: dict[str, Any], **config: Any) -> FakeServe:
        serve = FakeServe(self.path, answer)
        LigandModules(LigandModules.parse_config({"socket": self.path, **config}), self.api)
        serve.thread.join()
        return serve

    def registered(self, function: str) -> Any:
        return getattr(self.api, function).call_args.kwargs

    def test_the_introduction_names_the_homeserver_and_the_process(self) -> None:
        asked = self.start({"result": INFO}).asked
        self.assertEqual(asked["method"], "ligand/initialize")
        self.assertTrue(asked["params"]["software"].startswith("Synapse 1."))
        self.assertEqual(asked["params"]["serverName"], "example.org")
        self.assertIn("Users", asked["params"]["services"])
        self.assertNotIn("Database", asked["params"]["services"])

    def test_exactly_the_hooks_of_the_modules_are_registered(self) -> None:
        names = ["check_event_for_spam", "check_username_for_spam", "on_update", "auth_checkers"]
        hooks = [hook(name) for name in names]
        login = {"type": "m.login.password", "fields": ["password"]}
        web = {"path": "/_synapse/client/x", "module": "A", "methods": ["GET"]}
        self.start({"result": {**INFO, "hooks": hooks, "loginTypes": [login], "webPaths": [web]}})
        spam = self.registered("register_spam_checker_callbacks")
        self.assertEqual(set(spam), {"check_event_for_spam", "check_username_for_spam"})
        # Synapse passes only as many arguments as the callback has parameters.
        parameters = inspect.signature(spam["check_username_for_spam"]).parameters
        self.assertEqual(len(parameters), 2)
        self.assertEqual(
            spam["check_event_for_spam"].__qualname__, "LigandModules.check_event_for_spam"
        )
        auth = self.registered("register_password_auth_provider_callbacks")
        self.assertEqual(set(auth["auth_checkers"]), {("m.login.password", ("password",))})
        self.assertEqual(
            set(self.registered("register_background_update_controller_callbacks")), {"on_update"}
        )
        path, resource = self.api.register_web_resource.call_args.args
        self.assertEqual((path, resource.isLeaf), ("/_synapse/client/x", True))
        self.api.register_third_party_rules_callbacks.assert_not_called()

    def test_hooks_that_synapse_lacks_are_skipped_with_a_warning(self) -> None:
        hooks = [hook("check_event_for_spam"), hook("check_the_weather")]
        with self.assertLogs("ligand_synapse.modules", "WARNING") as logs:
            self.start({"result": {**INFO, "hooks": hooks}})
        self.assertIn("has no hook check_the_weather", logs.output[0])
        self.assertEqual(
            set(self.registered("register_spam_checker_callbacks")), {"check_event_for_spam"}
        )

    def test_another_version_of_the_protocol_refuses_start_up(self) -> None:
        error = self.assertRaises(LigandError, self.start, {"result": {**INFO, "protocol": 99}})
        self.assertIn("ligand serve speaks version 99 of the protocol", str(error))

    def test_a_malformed_introduction_refuses_start_up(self) -> None:
        error = self.assertRaises(
            LigandError, self.start, {"result": {"protocol": PROTOCOL_VERSION}}
        )
        self.assertEqual(
            str(error),
            "ligand serve introduced its modules in a form that is not known: KeyError('ligand'). "
            "Install versions of ligand and ligand-synapse that belong together",
        )

    def test_a_refusal_of_ligand_serve_is_passed_on(self) -> None:
        data = {"kind": "ligand", "code": "LIGAND_START_FAILED", "remedy": "Do this."}
        refusal = {"error": {"code": 1, "message": "1 problem found", "data": data}}
        error = self.assertRaises(LigandError, self.start, refusal)
        self.assertEqual(str(error), "1 problem found. Do this.")

    def test_policies_for_hooks_without_modules_are_warned_about(self) -> None:
        policies = {"user_may_invite": "allow", "check_event_for_spam": "deny"}
        with self.assertLogs("ligand_synapse.modules", "WARNING") as logs:
            self.start(
                {"result": {**INFO, "hooks": [hook("check_event_for_spam")]}},
                on_disconnect=policies,
            )
        self.assertEqual(len(logs.output), 1)
        self.assertIn(
            "`on_disconnect` names hooks that no module has: user_may_invite", logs.output[0]
        )

    def test_two_entries_with_the_same_socket_are_refused(self) -> None:
        self.start({"result": INFO})
        config = LigandModules.parse_config({"socket": self.path})
        error = self.assertRaises(LigandError, LigandModules, config, self.api)
        self.assertIn(f"two entries of `modules` have the socket unix:{self.path}", str(error))
