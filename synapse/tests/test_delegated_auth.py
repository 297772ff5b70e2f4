from types import SimpleNamespace
from typing import Any, cast

from synapse.config import ConfigError
from synapse.module_api import ModuleApi
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.delegated_auth import check_delegated, is_delegated
from ligand_synapse.hooks import HOOKS


def api(**config: Any) -> ModuleApi:
    """A ModuleApi with only the attributes that `is_delegated` reads."""
    return cast(ModuleApi, SimpleNamespace(_hs=SimpleNamespace(config=SimpleNamespace(**config))))


class DelegatedAuthTests(SynchronousTestCase):
    def test_both_sections_of_the_config_delegate_authentication(self) -> None:
        on, off = SimpleNamespace(enabled=True), SimpleNamespace(enabled=False)
        self.assertTrue(is_delegated(api(mas=on)))
        self.assertTrue(is_delegated(api(mas=off, experimental=SimpleNamespace(msc3861=on))))
        self.assertFalse(is_delegated(api(mas=off, experimental=SimpleNamespace(msc3861=off))))
        self.assertFalse(is_delegated(api(mas=off, experimental=SimpleNamespace())))
        self.assertFalse(is_delegated(cast(ModuleApi, SimpleNamespace())))

    def test_the_error_names_the_password_hooks_and_the_remedy(self) -> None:
        error = self.assertRaises(
            ConfigError, check_delegated, ["check_event_for_spam", "on_logged_out", "auth_checkers"]
        )
        self.assertEqual(
            error.msg,
            "With `matrix_authentication_service`, Synapse has no password hooks, and the modules "
            "of `ligand serve` have auth_checkers, on_logged_out. Remove those modules, or let the "
            "authentication service do what they do, by an upstream provider",
        )

    def test_every_password_hook_that_synapse_refuses_is_refused(self) -> None:
        for hook in HOOKS.values():
            if hook.register == "register_password_auth_provider_callbacks":
                self.assertRaises(ConfigError, check_delegated, [hook.name])
            else:
                check_delegated([hook.name])

    def test_hooks_that_delegation_silences_or_shortens_are_warned_about(self) -> None:
        hooks = ["on_user_login", "is_user_expired", "check_login_for_spam", "on_user_registration"]
        with self.assertLogs("ligand_synapse.delegated_auth", "WARNING") as logs:
            check_delegated([*hooks, "check_registration_for_spam"])
        self.assertEqual(
            [record.getMessage() for record in logs.records],
            [
                "With `matrix_authentication_service`, Synapse never calls check_login_for_spam, "
                "on_user_login",
                "With `matrix_authentication_service`, check_registration_for_spam is asked "
                "without mail address, IP address and provider, and a refusal is tried again by "
                "the authentication service",
                "With `matrix_authentication_service`, is_user_expired is not asked about requests "
                "any more, only for the account status API",
            ],
        )
