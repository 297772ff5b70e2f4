from typing import Any

import attr
from synapse.module_api import NOT_SPAM, MediaUploadLimit, RatelimitOverride, UserPresenceState
from synapse.module_api.errors import Codes, SynapseError
from synapse.spam_checker_api import RegistrationBehaviour
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.errors import BridgeFault, RemoteError
from ligand_synapse.hooks import HOOKS
from ligand_synapse.wire import Denial

STATE = {
    "userId": "@a:x",
    "state": "online",
    "lastActiveTs": 1,
    "lastFederationUpdateTs": 2,
    "lastUserSyncTs": 3,
    "statusMsg": None,
    "currentlyActive": True,
}


def result(hook: str, value: Any) -> Any:
    return HOOKS[hook].result(value)


def denied(hook: str) -> Any:
    deny = HOOKS[hook].deny
    assert deny is not None
    return deny()


class ResultTests(SynchronousTestCase):
    def test_a_pass_is_the_very_constant_of_synapse(self) -> None:
        self.assertIs(result("user_may_invite", "".join(["NOT_", "SPAM"])), NOT_SPAM)

    def test_a_denial_has_its_code_message_and_fields(self) -> None:
        fields = {"score": 3, "errcode": "M_OTHER", "msg": 1, "code": 2}
        self.assertEqual(
            result("check_event_for_spam", Denial("M_FORBIDDEN", "no", fields)),
            (Codes.FORBIDDEN, {"error": "no", "score": 3}),
        )

    def test_a_denial_may_have_a_code_that_synapse_does_not_know(self) -> None:
        self.assertEqual(
            result("user_may_join_room", Denial("ORG_EXAMPLE", None, {})),
            (Codes.FORBIDDEN, {"errcode": "ORG_EXAMPLE"}),
        )

    def test_a_denial_is_raised_where_synapse_accepts_only_a_code(self) -> None:
        denial = Denial("ORG_EXAMPLE", "no", {"score": 3})
        error = result("user_may_send_state_event", denial)
        self.assertEqual((type(error), error.code), (SynapseError, 403))
        self.assertEqual(
            error.error_dict(None), {"errcode": "ORG_EXAMPLE", "error": "no", "score": 3}
        )
        self.assertIs(result("user_may_send_state_event", "NOT_SPAM"), NOT_SPAM)

    def test_an_answer_that_is_not_a_verdict_is_refused(self) -> None:
        self.assertRaises(BridgeFault, result, "user_may_invite", None)

    def test_results_have_the_types_of_synapse(self) -> None:
        state = UserPresenceState("@a:x", "online", 1, 2, 3, None, True)
        cases: list[tuple[str, Any, Any]] = [
            ("check_registration_for_spam", "shadow_ban", RegistrationBehaviour.SHADOW_BAN),
            ("get_users_for_states", {"@b:x": [STATE, dict(STATE)]}, {"@b:x": {state}}),
            ("get_interested_users", "ALL", "ALL"),
            ("get_interested_users", ["@a:x", "@a:x"], {"@a:x"}),
            ("check_event_allowed", [True, {"event_id": "$x", "type": "t"}], (True, {"type": "t"})),
            ("check_event_allowed", [False, None], (False, None)),
            ("on_legacy_renew", [True, False, 7], (True, False, 7)),
            ("check_3pid_auth", ["@a:x", None], ("@a:x", None)),
            ("check_3pid_auth", None, None),
            (
                "get_media_upload_limits_for_user",
                [{"maxBytes": 1, "timePeriodMs": 2, "canUpgrade": True}],
                [MediaUploadLimit(max_bytes=1, time_period_ms=2, **CAN_UPGRADE)],
            ),
            ("get_media_upload_limits_for_user", None, None),
            (
                "get_ratelimit_override_for_user",
                {"perSecond": 0.5, "burstCount": 1},
                RatelimitOverride(per_second=0.5, burst_count=1),
            ),
        ]
        for hook, value, expected in cases:
            self.assertEqual(result(hook, value), expected, hook)


# Synapse 1.139 doesn't have this field.
CAN_UPGRADE: dict[str, Any] = {
    field.name: True for field in attr.fields(MediaUploadLimit) if field.name == "can_upgrade"
}


class PolicyTests(SynchronousTestCase):
    def test_allow_is_the_answer_of_a_hook_without_opinions(self) -> None:
        cases: list[tuple[str, Any]] = [
            ("check_event_for_spam", NOT_SPAM),
            ("should_drop_federated_event", False),
            ("check_event_allowed", (True, None)),
            ("check_can_deactivate_user", True),
            ("is_user_expired", None),
            ("auth_checkers", None),
            ("get_interested_users", set()),
            ("add_field_to_unsigned_callback", {}),
            ("default_batch_size", 100),
            ("min_batch_size", 1),
        ]
        for hook, expected in cases:
            self.assertEqual(HOOKS[hook].allow(), expected, hook)

    def test_modules_without_an_opinion_have_a_result(self) -> None:
        for hook in ("default_batch_size", "min_batch_size"):
            self.assertEqual(result(hook, None), HOOKS[hook].allow(), hook)

    def test_deny_refuses_where_a_hook_can_refuse(self) -> None:
        cases: list[tuple[str, Any]] = [
            ("check_event_for_spam", (Codes.FORBIDDEN, {})),
            ("check_registration_for_spam", RegistrationBehaviour.DENY),
            ("check_event_allowed", (False, None)),
            ("is_3pid_allowed", False),
            ("is_user_expired", True),
        ]
        for hook, expected in cases:
            self.assertEqual(denied(hook), expected, hook)
        for hook in ("user_may_send_state_event", "on_create_room", "on_legacy_admin_request"):
            error = denied(hook)
            self.assertIsInstance(error, SynapseError, hook)
            self.assertEqual((error.code, error.errcode), (403, Codes.FORBIDDEN), hook)

    def test_hooks_that_cannot_refuse_safely_have_no_deny(self) -> None:
        for hook in ("should_drop_federated_event", "auth_checkers", "on_new_event"):
            self.assertIsNone(HOOKS[hook].deny, hook)

    def test_allow_refuses_where_a_callback_replaces_what_synapse_does(self) -> None:
        error = HOOKS["on_legacy_admin_request"].allow()
        self.assertEqual((type(error), error.code), (SynapseError, 403))
        self.assertIsNone(HOOKS["on_legacy_send_mail"].allow())
        self.assertEqual(HOOKS["on_legacy_renew"].allow(), (False, False, 0))

    def test_a_failure_of_on_create_room_is_no_refusal_to_synapse(self) -> None:
        failed = HOOKS["on_create_room"].failed
        refusal = SynapseError(403, "Not here", Codes.FORBIDDEN)
        self.assertIs(failed(refusal), refusal)
        failure = RemoteError("TypeError: it's broken")
        error = failed(failure)
        assert isinstance(error, SynapseError)
        self.assertEqual(
            (error.code, error.errcode, error.__cause__), (500, Codes.UNKNOWN, failure)
        )
        self.assertIs(HOOKS["check_event_for_spam"].failed(failure), failure)
