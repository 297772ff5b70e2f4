import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attr
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.config import Address, TcpAddress, UnixAddress
from ligand_synapse.errors import Disconnected, LigandError
from ligand_synapse.framing import frame
from ligand_synapse.introduction import (
    PROTOCOL_VERSION,
    LoginType,
    ModulesInfo,
    introduce,
)
from ligand_synapse.remote_hook import RemoteHook, Wanted
from ligand_synapse.room_state import StateSelection

HOMESERVER = {"protocol": PROTOCOL_VERSION, "software": "a test"}
HOOK: dict[str, Any] = {
    "category": "spamChecker",
    "hook": "checkEventForSpam",
    "referenceName": "check_event_for_spam",
    "shield": True,
    "callbacks": [
        {
            "module": "filter",
            "name": "Filter.check",
            "parameters": 1,
            "types": ["m.room.message"],
            "state": None,
        }
    ],
}
ANSWER = {
    "protocol": PROTOCOL_VERSION,
    "ligand": "0.1.0",
    "instance": "first",
    "modules": [{"id": "filter", "name": "Filter"}],
    "hooks": [HOOK],
    "loginTypes": [{"type": "m.login.password", "fields": ["password"]}],
    "webPaths": [],
}
NOBODY = 65534

Serve = Callable[[socket.socket], None]


def says(*pieces: bytes) -> Serve:
    def serve(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return serve


def answers(**response: Any) -> Serve:
    return says(frame({"jsonrpc": "2.0", "id": 1, **response}))


@contextmanager
def without_privileges() -> Iterator[None]:
    """Drops root privileges for a while, because root can open any socket."""
    privileged = os.geteuid() == 0
    if privileged:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if privileged:
            os.seteuid(0)


class IntroductionTests(SynchronousTestCase):
    def setUp(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="ligand-"))
        self.addCleanup(shutil.rmtree, folder)
        folder.chmod(0o755)
        self.path = folder / "ligand.sock"
        self.address: Address = UnixAddress(str(self.path))

    def listen(self, *connections: Serve) -> socket.socket:
        """Serves connections one after another, each with one of the given functions."""
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.bind(str(self.path))
        server.listen()

        def run() -> None:
            for serve in connections:
                connection, _ = server.accept()
                with connection:
                    connection.recv(65536)
                    serve(connection)

        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(server.close)
        self.addCleanup(thread.join)
        return server

    def introduce(self, timeout: float = 60) -> ModulesInfo:
        return introduce(self.address, HOMESERVER, timeout)

    def refusal(self, kind: type[LigandError], timeout: float = 60) -> str:
        error = self.assertRaises(kind, self.introduce, timeout)
        self.assertIs(type(error), kind)
        return str(error)

    def test_the_introduction_lists_what_the_modules_register(self) -> None:
        self.listen(answers(result=ANSWER))
        info = self.introduce()
        self.assertEqual(info.modules, ("filter",))
        self.assertEqual(
            info.hooks,
            {
                "check_event_for_spam": RemoteHook(
                    "spamChecker",
                    "checkEventForSpam",
                    shield=True,
                    others=Wanted(False, 1, StateSelection.of([])),
                    named={"m.room.message": Wanted(True, 1, None)},
                )
            },
        )
        self.assertEqual(
            info.login_types, frozenset([LoginType("m.login.password", ("password",))])
        )

    def test_an_introduction_may_arrive_in_pieces_among_other_messages(self) -> None:
        answer = frame({"jsonrpc": "2.0", "id": 1, "result": ANSWER})
        other = frame({"jsonrpc": "2.0", "method": "$/progress", "params": {}})
        self.listen(says(other + answer[:30], answer[30:]))
        self.assertEqual(self.introduce().instance, "first")

    def test_a_missing_socket_is_reported(self) -> None:
        self.assertEqual(
            self.refusal(Disconnected, timeout=0.2),
            f"ligand serve cannot be reached at unix:{self.path} within 0.2 s: [Errno 2] No such "
            "file or directory. Is it running, and with this address?",
        )

    def test_a_missing_socket_is_reported_even_if_the_time_is_up_before_the_first_attempt(
        self,
    ) -> None:
        error = self.assertRaises(
            Disconnected, introduce, self.address, HOMESERVER, 0.1, lambda: time.sleep(0.2)
        )
        self.assertEqual(
            str(error),
            f"ligand serve cannot be reached at unix:{self.path} within 0.1 s: [Errno 2] No such "
            "file or directory. Is it running, and with this address?",
        )

    def test_a_socket_without_a_listener_is_reported(self) -> None:
        self.listen().close()
        self.assertEqual(
            self.refusal(Disconnected, timeout=0.2),
            f"ligand serve cannot be reached at unix:{self.path} within 0.2 s: [Errno 111] "
            "Connection refused. Is it running, and with this address?",
        )

    def test_a_port_without_a_listener_is_reported(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        self.address = TcpAddress("127.0.0.1", port)
        self.assertIn(
            f"cannot be reached at tcp:127.0.0.1:{port} within 0.2 s: [Errno 111]",
            self.refusal(Disconnected, timeout=0.2),
        )

    def test_a_socket_without_permission_is_reported_immediately_with_its_owner(self) -> None:
        self.listen()
        self.path.chmod(0o000)
        with without_privileges():
            message = self.refusal(Disconnected, timeout=3600)
        self.assertEqual(
            message,
            f"Synapse may not use unix:{self.path}: [Errno 13] Permission denied. The user that "
            "runs Synapse must be in the group of the socket",
        )

    def test_an_introduction_waits_for_the_socket_to_appear(self) -> None:
        late = threading.Timer(0.3, self.listen, [answers(result=ANSWER)])
        late.start()
        self.addCleanup(late.join)
        self.assertEqual(self.introduce().instance, "first")

    def test_a_connection_that_breaks_mid_message_is_retried(self) -> None:
        half = frame({"jsonrpc": "2.0", "id": 1, "result": ANSWER})[:40]
        self.listen(says(half), answers(result=ANSWER))
        self.assertEqual(self.introduce().instance, "first")

    def test_an_introduction_gives_up_on_silence(self) -> None:
        ended = threading.Event()

        def stay_silent(connection: socket.socket) -> None:
            ended.wait(60)

        self.listen(stay_silent)
        self.addCleanup(ended.set)
        self.assertEqual(
            self.refusal(Disconnected, timeout=0.2),
            f"ligand serve at unix:{self.path} did not answer in 0.2 s",
        )

    def test_an_answer_outside_the_protocol_is_refused(self) -> None:
        prefix = f"what listens at unix:{self.path} isn't ligand serve: "
        for said, reason in [
            (b"SSH-2.0-OpenSSH\r\n\r\n", "a header of another protocol: b'SSH-2.0-OpenSSH'"),
            (b"x" * 5000, "no end of a header within 4096 bytes"),
            (b"Content-Length: 50000000\r\n\r\n", "a message of 50000000 bytes is longer than"),
            (b"Content-Length: 3\r\n\r\n{a}", "a message isn't JSON"),
            (b"Content-Length: 2\r\n\r\n[]", "a message is not an object, but list"),
        ]:
            server = self.listen(says(said))
            self.assertIn(prefix + reason, self.refusal(LigandError))
            server.close()
            self.path.unlink()

    def test_another_version_of_the_protocol_is_refused_with_a_remedy(self) -> None:
        self.listen(answers(result={**ANSWER, "protocol": 99}))
        self.assertEqual(
            self.refusal(LigandError),
            "ligand serve speaks version 99 of the protocol, and this package speaks version 3: "
            "install versions of ligand and ligand-synapse that belong together",
        )

    def test_a_malformed_introduction_is_refused(self) -> None:
        (callback,) = HOOK["callbacks"]
        three = {**HOOK, "callbacks": [{**callback, "state": [["a", "b", "c"]]}]}
        results: list[Any] = [
            None,
            [],
            {"protocol": PROTOCOL_VERSION},
            {**ANSWER, "hooks": [{}]},
            {**ANSWER, "hooks": [three]},
        ]
        for result in results:
            server = self.listen(answers(result=result))
            self.assertIn(
                "ligand serve introduced its modules in a form that is not known",
                self.refusal(LigandError),
            )
            server.close()
            self.path.unlink()

    def test_the_start_reports_which_arguments_callbacks_use(self) -> None:
        (callback,) = HOOK["callbacks"]
        more = {**HOOK, "callbacks": [{**callback, "parameters": 2}]}
        info = ModulesInfo.of(ANSWER)
        started = info.started([more])
        self.assertEqual(
            started, attr.evolve(info, hooks={"check_event_for_spam": RemoteHook.of(more)})
        )
        answers: list[Any] = [None, [{}]]
        for answer in answers:
            error = self.assertRaises(LigandError, info.started, answer)
            self.assertIn(
                "ligand serve introduced its modules in a form that is not known", str(error)
            )

    def test_the_reason_of_a_refusal_is_passed_on(self) -> None:
        data = {"kind": "ligand", "code": "LIGAND_START_FAILED", "remedy": "Do this."}
        self.listen(answers(error={"code": 1, "message": "no module", "data": data}))
        error = self.assertRaises(LigandError, self.introduce)
        self.assertEqual(str(error), "no module. Do this.")

    def test_waiting_stops_as_soon_as_it_is_in_vain(self) -> None:
        def check() -> None:
            raise LigandError("the command has ended")

        error = self.assertRaises(LigandError, introduce, self.address, HOMESERVER, 3600, check)
        self.assertEqual(str(error), "the command has ended")
