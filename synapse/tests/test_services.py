from typing import Any
from unittest.mock import AsyncMock, create_autospec

from synapse.module_api import ModuleApi
from synapse.module_api.errors import SynapseError
from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.errors import RefusedCall
from ligand_synapse.services import Services


class ServicesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.api = create_autospec(ModuleApi, instance=True)
        self.services = Services(self.api)

    def call(self, service: str, method: str, *args: Any) -> Any:
        return ensureDeferred(self.services.call(service, method, list(args)))

    def test_a_method_of_a_service_can_be_called(self) -> None:
        self.api.is_user_admin = AsyncMock(return_value=True)
        self.assertIs(self.successResultOf(self.call("Users", "isUserAdmin", "@a:x")), True)

    def test_unknown_services_and_methods_are_refused(self) -> None:
        for service, method in (
            ("Users", "drop"),
            ("Users", "_api"),
            ("Users", "__init__"),
            ("Secrets", "isUserAdmin"),
        ):
            with self.subTest(service=service, method=method):
                error = self.failureResultOf(self.call(service, method), RefusedCall).value
                self.assertEqual(
                    (error.code, str(error)),
                    ("LIGAND_REMOTE_PROTOCOL", f"Synapse has no service method {service}.{method}"),
                )

    def test_wrong_arguments_are_distinguished_from_errors_for_clients(self) -> None:
        for raised, kind in (
            (ValueError("not a user id"), RefusedCall),
            (SynapseError(404, "no such user"), SynapseError),
            (KeyError("of another Synapse"), KeyError),
        ):
            with self.subTest(raised=raised):
                self.api.is_user_admin = AsyncMock(side_effect=raised)
                self.failureResultOf(self.call("Users", "isUserAdmin", "nobody"), kind)
