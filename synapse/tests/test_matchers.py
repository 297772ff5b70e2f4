"""Runs the cases of matchers that Ligand's own tests run."""

import json
from pathlib import Path
from typing import Any

from synapse.logging.context import ContextRequest
from synapse.module_api import UserID
from synapse.types import create_requester
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.matchers import UNKNOWN, matcher_of, matches_glob

from .log_contexts import context_of
from .test_room_state import event_of

CASES: dict[str, list[dict[str, Any]]] = json.loads(
    Path(__file__).parents[2].joinpath("test/operate/matcher-cases.json").read_text("utf-8")
)
FACETS = {"room": 0, "user": 1, "type": 2}
PATHS = {"local": "/_matrix/client/v3/rooms", "federation": "/_matrix/federation/v1/send/1"}


def requested(origin: str) -> ContextRequest:
    url = PATHS[origin]
    return ContextRequest("PUT-1", "127.0.0.1", "site", None, None, "PUT", url, "1.1", "agent")


class MatcherTests(SynchronousTestCase):
    def test_globs(self) -> None:
        for case in CASES["globs"]:
            with self.subTest(case=case):
                self.assertIs(matches_glob(case["pattern"], case["text"]), case["matches"])

    def test_matchers(self) -> None:
        self.assertGreater(len(CASES["matchers"]), 30)
        for case in CASES["matchers"]:
            with self.subTest(case=case["name"]):
                facets = case["facets"]
                args = tuple(facets.get(name, UNKNOWN) for name in ("room", "sender", "type"))
                matcher = matcher_of(FACETS, case)
                origin = facets.get("origin")
                with context_of("PUT-1", origin and requested(origin)):
                    self.assertIs(matcher is None or matcher(args), case["asked"])

    def test_events_requesters_and_users_say_who_acts_and_where(self) -> None:
        event = event_of("m.room.message", sender="@ann:Example.org:8448")
        about_event = {"room": 0, "user": 0, "type": 0}
        only = {
            "room": [event.room_id],
            "type": ["m.room.message"],
            "sender": ["@ann:*"],
            "server": ["example.org"],
        }
        user = UserID.from_string("@ann:example.org")
        for facets, patterns, args, expected in (
            (about_event, {"only": only}, (event,), True),
            (about_event, {"except": only}, (event,), False),
            (about_event, {"only": {**only, "type": ["m.other"]}}, (event,), False),
            ({"user": 0}, {"only": {"sender": ["@ann:*"]}}, (create_requester(user),), True),
            ({"user": 0}, {"only": {"sender": ["@bob:*"]}}, (create_requester(user),), False),
            ({"user": 0}, {"only": {"server": ["example.*"]}}, (user,), True),
            ({"user": 0}, {"only": {"sender": ["@bob:*"]}}, (object(),), True),
        ):
            with self.subTest(patterns=patterns, args=args):
                matcher = matcher_of(facets, patterns)
                assert matcher is not None
                self.assertIs(matcher(args), expected)

    def test_keys_that_the_hook_is_not_about_are_left_to_the_modules(self) -> None:
        self.assertIsNone(matcher_of({}, {"only": {"room": ["!a:b"]}, "except": {"new": ["x"]}}))
        self.assertIsNone(matcher_of(FACETS, {"only": {}, "except": {}}))
