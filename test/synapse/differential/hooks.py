"""Synapse's own dispatchers, created for each run with as little of a homeserver as they need."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any
from unittest.mock import AsyncMock, Mock

from synapse.events.presence_router import PresenceRouter
from synapse.events.utils import EventClientSerializer, FilteredEvent
from synapse.handlers.account_data import AccountDataHandler
from synapse.handlers.account_validity import AccountValidityHandler
from synapse.handlers.auth import PasswordAuthProvider
from synapse.module_api.callbacks import ModuleApiCallbacks
from synapse.module_api.callbacks.federation import FederationEventDeliveryEvent
from synapse.rest.admin.users import AccountValidityRenewServlet
from synapse.storage.background_updates import BackgroundUpdater
from synapse.util.clock import Clock
from twisted.internet.task import Clock as FakeReactor

from values import BUILT_IN, snake_case

SERVER_NAME = "example.org"


class Homeserver:
    """The parts of a homeserver that the dispatchers need. Everything else is a mock."""

    def __init__(self) -> None:
        self.hs = Mock()
        self.database = Mock()
        self.hs.hostname = SERVER_NAME
        reactor: Any = FakeReactor()
        self.hs.get_clock.return_value = Clock(reactor, server_name=SERVER_NAME)
        self.store = self.hs.get_datastores.return_value.main
        self.store.get_events = self._get_events
        self.store.get_event = self._get_event
        self.store.is_account_expired = AsyncMock(return_value=BUILT_IN)
        self.hs.get_storage_controllers.return_value.state.get_current_state = self._get_state
        self.hs.config.background_updates.default_batch_size = BUILT_IN
        self.hs.config.background_updates.min_batch_size = BUILT_IN
        self.hs.config.account_validity.account_validity_enabled = True
        self.hs.config.account_validity.account_validity_renew_by_email_enabled = False
        self.hs.config.experimental.msc4354_enabled = False
        self.hs.get_auth.return_value = Mock(
            get_user_by_req=AsyncMock(), is_server_admin=AsyncMock(return_value=True)
        )
        self.begin()

    def begin(self) -> None:
        """Resets everything before a new run."""
        self.loads = 0
        """How often the state of a room was loaded."""
        self.state: dict[tuple[str, str], Any] = {}
        self.events: dict[str, Any] = {}
        self.callbacks = ModuleApiCallbacks(self.hs)
        self.hs.get_module_api_callbacks.return_value = self.callbacks

    async def _get_events(self, _ids: object) -> dict[str, Any]:
        self.loads += 1
        return {event.event_id: event for event in self.state.values()}

    async def _get_event(self, event_id: str) -> Any:
        return self.events[event_id]

    async def _get_state(self, _room_id: str, **_options: object) -> dict[tuple[str, str], Any]:
        self.loads += 1
        return self.state

    def context(self, state: dict[tuple[str, str], Any]) -> Any:
        """Returns the context of an event that's being created, with the given state before it."""
        self.state = state
        return Context({key: event.event_id for key, event in state.items()})


class Context:
    def __init__(self, ids: dict[tuple[str, str], str]) -> None:
        self._ids = ids

    async def get_prev_state_ids(self) -> dict[tuple[str, str], str]:
        return self._ids


Dispatch = Callable[..., Any]


class Category:
    """Registers the callbacks of one category and calls its hooks."""

    def __init__(
        self, register: Callable[..., None], dispatcher: object, **asked: Dispatch
    ) -> None:
        self._register = register
        self._dispatcher = dispatcher
        self._asked = asked

    def register(self, callbacks: list[tuple[dict[str, Any], Any]]) -> None:
        """Registers the callbacks of one module, as the module itself would."""
        named: dict[str, Any] = {}
        for spec, callback in callbacks:
            if spec["hook"] == "authChecker":
                login_type, fields = spec["options"]
                named.setdefault("auth_checkers", {})[(login_type, tuple(fields))] = callback
            else:
                named[KEYWORDS.get(spec["hook"], snake_case(spec["hook"]))] = callback
        self._register(**named)

    async def ask(self, hook: str, args: list[Any]) -> Any:
        ask = self._asked.get(hook) or getattr(self._dispatcher, snake_case(hook))
        result = ask(*args)
        return await result if inspect.isawaitable(result) else result


KEYWORDS = {"addFieldToUnsigned": "callback"}


def category_of(name: str, home: Homeserver) -> Category:
    return CATEGORIES[name](home)


def _spam_checker(home: Homeserver) -> Category:
    dispatcher = home.callbacks.spam_checker
    return Category(dispatcher.register_callbacks, dispatcher)


def _third_party_rules(home: Homeserver) -> Category:
    rules = home.callbacks.third_party_event_rules

    def with_state(state: dict[tuple[str, str], Any]) -> None:
        home.state = state

    async def threepid(medium: str, address: str, state: Any) -> bool:
        with_state(state)
        return await rules.check_threepid_can_be_invited(medium, address, "!room:example.org")

    async def visibility(room_id: str, state: Any, new_visibility: str) -> bool:
        with_state(state)
        return await rules.check_visibility_can_be_modified(room_id, new_visibility)

    async def new_event(event: Any, state: Any) -> None:
        with_state(state)
        home.events = {event.event_id: event}
        await rules.on_new_event(event.event_id)

    return Category(
        rules.register_third_party_rules_callbacks,
        rules,
        checkEventAllowed=lambda event, state: rules.check_event_allowed(
            event, home.context(state)
        ),
        checkThreepidCanBeInvited=threepid,
        checkVisibilityCanBeModified=visibility,
        onNewEvent=new_event,
    )


def _presence_router(home: Homeserver) -> Category:
    router = PresenceRouter(home.hs)
    return Category(router.register_presence_router_callbacks, router)


def _account_validity(home: Homeserver) -> Category:
    validity = AccountValidityHandler(home.hs)
    servlet = AccountValidityRenewServlet(home.hs)
    registered = home.callbacks.account_validity

    async def send_mail(user_id: str) -> Any:
        if registered.on_legacy_send_mail_callback is None:
            return BUILT_IN
        return await validity.send_renewal_email_to_user(user_id)

    async def renew(token: str) -> Any:
        if registered.on_legacy_renew_callback is None:
            return BUILT_IN
        return await validity.renew_account(token)

    async def admin_request(request: Any) -> Any:
        if registered.on_legacy_admin_request_callback is None:
            return BUILT_IN
        _status, body = await servlet.on_POST(request)
        return body["expiration_ts"]

    return Category(
        registered.register_callbacks,
        validity,
        onLegacySendMail=send_mail,
        onLegacyRenew=renew,
        onLegacyAdminRequest=admin_request,
    )


def _password_auth(home: Homeserver) -> Category:
    passwords = PasswordAuthProvider()
    return Category(
        passwords.register_password_auth_provider_callbacks,
        passwords,
        authChecker=passwords.check_auth,
        loginTypes=lambda: {
            kind: list(fields) for kind, fields in passwords.get_supported_login_types().items()
        },
    )


def _background_updates(home: Homeserver) -> Category:
    updater = BackgroundUpdater(home.hs, home.database)

    def on_update(name: str, database: str, one_shot: bool) -> Any:
        slot = updater._get_context_manager_for_update(True, name, database, one_shot)
        return BUILT_IN if type(slot).__module__.startswith("synapse.") else slot

    return Category(
        updater.register_update_controller_callbacks,
        updater,
        onUpdate=on_update,
        defaultBatchSize=updater._default_batch_size,
        minBatchSize=updater._min_batch_size,
    )


def _account_data(home: Homeserver) -> Category:
    # Skips the constructor, which creates replication clients. Only the callbacks matter here.
    data = AccountDataHandler.__new__(AccountDataHandler)
    data._on_account_data_updated_callbacks = []
    return Category(data.register_module_callbacks, data, onAccountDataUpdated=data._notify_modules)


def _unsigned_fields(home: Homeserver) -> Category:
    serializer = EventClientSerializer(home.hs)

    async def added(event: Any) -> Any:
        config = await serializer.create_config(include_admin_metadata=False)
        serialised = await serializer.serialize_event(
            FilteredEvent.admin_override(event), 0, config=config
        )
        return serialised.get("unsigned", {})

    def register(callback: Any = None) -> None:
        if callback is not None:
            serializer.register_add_extra_fields_to_unsigned_client_event_callback(callback)

    return Category(register, serializer, addFieldToUnsigned=added)


def _media_repository(home: Homeserver) -> Category:
    media = home.callbacks.media_repository
    return Category(media.register_callbacks, media)


def _ratelimit(home: Homeserver) -> Category:
    ratelimit = home.callbacks.ratelimit
    return Category(ratelimit.register_callbacks, ratelimit)


def _federation(home: Homeserver) -> Category:
    federation = home.callbacks.federation

    async def delivered(delivery: FederationEventDeliveryEvent) -> None:
        await federation.notify_on_event_delivered_over_federation(
            delivery.server_name, delivery.events, delivery.method
        )

    return Category(
        federation.register_callbacks, federation, onEventDeliveredOverFederation=delivered
    )


CATEGORIES: dict[str, Callable[[Homeserver], Category]] = {
    "SpamChecker": _spam_checker,
    "ThirdPartyRules": _third_party_rules,
    "PresenceRouter": _presence_router,
    "AccountValidity": _account_validity,
    "PasswordAuth": _password_auth,
    "BackgroundUpdates": _background_updates,
    "AccountData": _account_data,
    "UnsignedFields": _unsigned_fields,
    "MediaRepository": _media_repository,
    "Ratelimit": _ratelimit,
    "Federation": _federation,
}
