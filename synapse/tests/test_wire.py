import json
from pathlib import Path
from typing import Any

from synapse.api.room_versions import RoomVersions
from synapse.events import make_event_from_dict
from synapse.module_api import ProfileInfo, RoomAlias, UserID, UserPresenceState
from synapse.module_api.errors import Codes, SynapseError
from synapse.types import create_requester
from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.errors import (
    BridgeFault,
    LigandError,
    RefusedCall,
    RemoteError,
    decode_error,
    encode_error,
)
from ligand_synapse.framing import to_json
from ligand_synapse.handles import PeerHandles
from ligand_synapse.releases import Releases
from ligand_synapse.wire import Denial, File, State, app_service_id, decode, encode


async def no_answer(method: str, params: dict[str, Any], timeout: float | None) -> Any:
    raise AssertionError(f"{method} was asked")


def no_notification(method: str, params: dict[str, Any]) -> None:
    raise AssertionError(f"{method} was told")


RELEASES = Releases(no_notification, lambda call: None)
HANDLES = PeerHandles("https://example.org:8448/base/", no_answer, RELEASES, 1)
LOAN = HANDLES.lend()


class WireTests(SynchronousTestCase):
    def test_plain_json_is_unchanged(self) -> None:
        value = {"a": [1, 2.5, None, True, "x"], "b": {}}
        self.assertEqual(encode(value, LOAN), value)
        self.assertEqual(decode(value, HANDLES), value)

    def test_objects_that_look_like_an_encoded_form_are_escaped(self) -> None:
        value = {"$": "set", "x": {"$": "odd"}}
        wire = encode(value, LOAN)
        self.assertEqual(wire["$"], "object")
        self.assertEqual(decode(wire, HANDLES), value)

    def test_values_of_synapse_are_encoded(self) -> None:
        user = UserID.from_string("@a:example.org")
        profile = ProfileInfo(avatar_url=None, display_name="A")
        cases: list[tuple[Any, Any]] = [
            (user, {"$": "user", "text": "@a:example.org"}),
            (RoomAlias.from_string("#r:x"), {"$": "alias", "text": "#r:x"}),
            (Codes.FORBIDDEN, "M_FORBIDDEN"),
            ((1, ("a",)), [1, ["a"]]),
            (frozenset(["a"]), {"$": "set", "items": ["a"]}),
            (b"\x00\xff", {"$": "bytes", "base64": "AP8="}),
            (profile, {"displayName": "A", "avatarUrl": None}),
            (
                UserPresenceState("@a:x", "online", 1, 2, 3, "hi", True),
                {
                    "userId": "@a:x",
                    "state": "online",
                    "lastActiveTs": 1,
                    "lastFederationUpdateTs": 2,
                    "lastUserSyncTs": 3,
                    "statusMsg": "hi",
                    "currentlyActive": True,
                },
            ),
            (
                create_requester(user, device_id="DEV", authenticated_entity="@admin:x"),
                {
                    "user": {"$": "user", "text": "@a:example.org"},
                    "userId": "@a:example.org",
                    "accessTokenId": None,
                    "isGuest": False,
                    "scope": {"$": "set", "items": []},
                    "shadowBanned": False,
                    "deviceId": "DEV",
                    "appServiceId": None,
                    "authenticatedEntity": "@admin:x",
                },
            ),
        ]
        for value, expected in cases:
            self.assertEqual(encode(value, LOAN), expected)

    def test_the_application_service_of_an_older_synapse_is_encoded(
        self,
    ) -> None:
        class AppService:
            id = "irc"

        class OlderRequester:
            app_service: AppService | None = None

        requester = OlderRequester()
        self.assertIsNone(app_service_id(requester))
        requester.app_service = AppService()
        self.assertEqual(app_service_id(requester), "irc")

    def test_events_are_encoded_with_their_id_and_metadata(self) -> None:
        event = make_event_from_dict(
            {
                "type": "m.room.name",
                "room_id": "!r:x",
                "sender": "@a:x",
                "state_key": "",
                "content": {"name": "n", "$": "kept"},
                "depth": 1,
                "prev_events": [],
                "auth_events": [],
                "origin_server_ts": 5,
                "hashes": {},
                "signatures": {},
            },
            RoomVersions.V11,
            {"txn_id": "t", "soft_failed": True},
        )
        wire = encode(event, LOAN)
        self.assertEqual(wire["dict"]["event_id"], event.event_id)
        self.assertEqual(wire["dict"]["content"], {"name": "n", "$": "kept"})
        self.assertEqual(wire["roomVersion"], "11")
        self.assertEqual(wire["internalMetadata"], {"txnId": "t", "softFailed": True})
        self.assertIsNone(wire["rejectedReason"])
        self.assertEqual(
            json.loads(to_json(encode(State({("m.room.name", ""): event}), LOAN))),
            {"$": "state", "entries": [["m.room.name", "", wire]]},
        )
        self.assertEqual(
            json.loads(to_json(encode(State({}), LOAN))), {"$": "state", "entries": []}
        )

    def test_values_of_modules_are_decoded(self) -> None:
        denial = {"$": "denial", "code": "M_X", "error": None, "fields": {"a": 1}}
        cases: list[tuple[Any, Any]] = [
            ({"$": "user", "text": "@a:x"}, UserID.from_string("@a:x")),
            ({"$": "set", "items": [{"a": 1}]}, [{"a": 1}]),
            ({"$": "map", "entries": [["k", {"$": "bytes", "base64": "AP8="}]]}, {"k": b"\0\xff"}),
            (denial, Denial("M_X", None, {"a": 1})),
        ]
        for wire, expected in cases:
            self.assertEqual(decode(wire, HANDLES), expected)

    def test_values_without_an_encoding_are_refused(self) -> None:
        self.assertRaises(LigandError, encode, object(), LOAN)
        self.assertRaises(LigandError, decode, {"$": "nothing"}, HANDLES)

    def test_only_lent_files_can_be_read(self) -> None:
        path = self.mktemp()
        Path(path).write_bytes(b"0123456789")
        with HANDLES.lend() as loan:
            wire = encode(File(path), loan)
            self.assertEqual(HANDLES.read_file(wire["id"], 4), b"456789")
            self.assertEqual(HANDLES.read_file(wire["id"], 10), b"")
        self.assertRaises(RefusedCall, HANDLES.read_file, wire["id"], 0)
        self.assertRaises(RefusedCall, decode, {"$": "request", "id": 99}, HANDLES)


class ErrorTests(SynchronousTestCase):
    def test_errors_for_clients_cross_both_ways(self) -> None:
        error = SynapseError(429, "slow", Codes.LIMIT_EXCEEDED, {"retry_after_ms": 5}, {"a": "b"})
        wire = encode_error(error)
        self.assertEqual(
            wire["data"],
            {
                "kind": "matrix",
                "status": 429,
                "errcode": "M_LIMIT_EXCEEDED",
                "body": {"errcode": "M_LIMIT_EXCEEDED", "error": "slow", "retry_after_ms": 5},
                "headers": {"a": "b"},
            },
        )
        back = decode_error(wire)
        assert isinstance(back, SynapseError)
        self.assertEqual((back.code, back.headers), (429, {"a": "b"}))
        self.assertEqual(back.error_dict(None), error.error_dict(None))

    def test_members_that_make_synapse_fail_are_left_out(self) -> None:
        body = {"errcode": "M_X", "error": "e", "msg": 1, "code": 2, "kept": 3}
        data = {"kind": "matrix", "status": 400, "errcode": "M_X", "body": body, "headers": {}}
        error = decode_error({"message": "e", "data": data})
        assert isinstance(error, SynapseError)
        self.assertEqual(error.error_dict(None), {"errcode": "M_X", "error": "e", "kept": 3})

    def test_a_cancellation_stays_a_cancellation(self) -> None:
        self.assertEqual(encode_error(CancelledError())["data"], {"kind": "cancelled"})
        self.assertIsInstance(decode_error({"data": {"kind": "cancelled"}}), CancelledError)

    def test_other_errors_become_plain_errors(self) -> None:
        cases: list[tuple[Any, str]] = [
            ({"kind": "ligand", "code": "LIGAND_X", "remedy": "Do it."}, "m. Do it."),
            ({"kind": "other", "name": "TypeError"}, "TypeError: m"),
        ]
        for data, expected in cases:
            error = decode_error({"code": -1, "message": "m", "data": data})
            self.assertIsInstance(error, RemoteError)
            self.assertEqual(str(error), expected)
        self.assertEqual(encode_error(KeyError("k"))["data"], {"kind": "other", "name": "KeyError"})

    def test_malformed_and_protocol_errors_are_not_answers_of_a_module(self) -> None:
        protocol = {"kind": "ligand", "code": "LIGAND_REMOTE_PROTOCOL", "remedy": "Upgrade."}
        nameless = {"kind": "matrix", "body": {}}
        cases: list[tuple[Any, str]] = [
            (None, "m (JSON-RPC error -1)"),
            ([], "m (JSON-RPC error -1)"),
            (protocol, "m. Upgrade."),
            (
                {"kind": "ligand", "code": []},
                "an error came in a form that is not known: TypeError",
            ),
            (nameless, "an error came in a form that is not known: KeyError"),
        ]
        for data, expected in cases:
            wire = {"code": -1, "message": "m", "data": data}
            error = decode_error(wire)
            self.assertIsInstance(error, BridgeFault)
            self.assertEqual(str(error), expected)

    def test_an_error_that_cannot_describe_itself_is_still_described(self) -> None:
        class Nasty(Exception):
            def __str__(self) -> str:
                raise RuntimeError("no")

        with self.assertLogs("ligand_synapse.errors", "ERROR") as logs:
            wire = encode_error(Nasty())
        self.assertEqual(
            wire, {"code": 1, "message": "Nasty", "data": {"kind": "other", "name": "Nasty"}}
        )
        self.assertIn("RuntimeError: no", logs.output[0])
