"""Implements Ligand's services on top of Synapse's ModuleApi.

Modules call methods as `Service.method`. Arguments arrive decoded. Methods return plain data or
Synapse's own types, which the caller encodes.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from synapse.api.errors import CodeMessageException
from synapse.handlers.push_rules import InvalidRuleException
from synapse.module_api import EventBase, JsonDict, ModuleApi, RoomID, UserID
from synapse.push.rulekinds import PRIORITY_CLASS_MAP
from synapse.storage.push_rule import RuleNotFoundException

from .errors import RefusedCall
from .recorded_request import RecordedRequest
from .wire import State, Tagged

Method = Callable[..., Awaitable[Any]]

_INVALID = "LIGAND_ARGUMENT_INVALID"
_NOT_SUPPORTED = "LIGAND_NOT_SUPPORTED"

# What ModuleApi raises for invalid arguments, apart from errors meant for Matrix clients.
_ARGUMENT_ERRORS = (ValueError, RuntimeError, InvalidRuleException, RuleNotFoundException)


class Users:
    def __init__(self, api: ModuleApi) -> None:
        self._api = api

    async def getUserInfoById(self, user_id: str) -> JsonDict | None:
        info = await self._api.get_userinfo_by_id(user_id)
        if info is None:
            return None
        return {
            "userId": info.user_id.to_string(),
            # Synapse annotates this as an integer, but the column holds text.
            "appServiceId": None if info.appservice_id is None else str(info.appservice_id),
            "consentServerNoticeSent": info.consent_server_notice_sent,
            "consentVersion": info.consent_version,
            "consentTs": info.consent_ts,
            "userType": info.user_type,
            "creationTs": info.creation_ts,
            "isAdmin": info.is_admin,
            "isDeactivated": info.is_deactivated,
            "isGuest": info.is_guest,
            "isShadowBanned": info.is_shadow_banned,
            "approved": info.approved,
            "locked": info.locked,
            "suspended": info.suspended,
        }

    async def isUserAdmin(self, user_id: str) -> bool:
        return bool(await self._api.is_user_admin(user_id))

    async def setUserAdmin(self, user_id: str, admin: bool) -> None:
        await self._api.set_user_admin(user_id, admin)

    async def checkUserExists(self, user_id: str) -> str | None:
        return await self._api.check_user_exists(user_id)

    async def getThreepidsForUser(self, user_id: str) -> list[JsonDict]:
        threepids: list[Any] = list(await self._api.get_threepids_for_user(user_id))
        return [
            {
                "medium": _member(threepid, "medium"),
                "address": _member(threepid, "address"),
                "validatedAt": _member(threepid, "validated_at"),
                "addedAt": _member(threepid, "added_at"),
            }
            for threepid in threepids
        ]

    async def storeRemote3pidAssociation(
        self, user_id: str, medium: str, address: str, id_server: str
    ) -> None:
        await self._api.store_remote_3pid_association(user_id, medium, address, id_server)

    async def getUserIpAndAgents(self, user_id: str, since_ts: int | None = None) -> list[JsonDict]:
        seen = await self._api.get_user_ip_and_agents(user_id, since_ts or 0)
        return [
            {"ip": one.ip, "userAgent": one.user_agent, "lastSeen": one.last_seen} for one in seen
        ]

    async def getMonthlyActiveUsersByService(
        self, start_ts: int | None = None, end_ts: int | None = None
    ) -> list[JsonDict]:
        active = await self._api.get_monthly_active_users_by_service(start_ts, end_ts)
        return [{"appServiceId": service, "userId": user} for service, user in active]


class Profiles:
    def __init__(self, api: ModuleApi) -> None:
        self._api = api

    async def getProfileForUser(self, localpart: str) -> Any:
        return await self._api.get_profile_for_user(localpart)

    async def setDisplayname(
        self, user_id: str | UserID, new_displayname: str, deactivation: Any = None
    ) -> None:
        # Synapse has ignored `deactivation` since 1.150.
        await self._api.set_displayname(_user_id(user_id), new_displayname)


class Registration:
    def __init__(self, api: ModuleApi) -> None:
        self._api = api

    async def checkUsername(self, username: str) -> None:
        await self._api.check_username(username)

    async def registerUser(self, localpart: str, options: JsonDict | None = None) -> str:
        given = options or {}
        return await self._api.register_user(
            localpart, given.get("displayname"), given.get("emails"), bool(given.get("admin"))
        )

    async def registerDevice(self, user_id: str, options: JsonDict | None = None) -> JsonDict:
        given = options or {}
        device = await self._api.register_device(
            user_id, given.get("deviceId"), given.get("initialDisplayName")
        )
        device_id, access_token, valid_until_ms, refresh_token = device
        return {
            "deviceId": device_id,
            "accessToken": access_token,
            "validUntilMs": valid_until_ms,
            "refreshToken": refresh_token,
        }

    async def register(self, localpart: str, options: JsonDict | None = None) -> JsonDict:
        user_id = await self.registerUser(localpart, options)
        device = await self.registerDevice(user_id)
        return {"userId": user_id, "accessToken": device["accessToken"]}

    async def recordUserExternalId(
        self, auth_provider_id: str, remote_user_id: str, registered_user_id: str
    ) -> None:
        await self._api.record_user_external_id(
            auth_provider_id, remote_user_id, registered_user_id
        )


class Auth:
    def __init__(self, api: ModuleApi) -> None:
        self._api = api

    async def getUserByReq(self, request: Any, options: JsonDict | None = None) -> Any:
        given = options or {}
        return await self._api.get_user_by_req(
            request,
            allow_guest=bool(given.get("allowGuest")),
            allow_expired=bool(given.get("allowExpired")),
        )

    async def invalidateAccessToken(self, access_token: str) -> None:
        try:
            await self._api.invalidate_access_token(access_token)
        except (AttributeError, TypeError) as error:
            raise RefusedCall(
                _NOT_SUPPORTED,
                f"this version of Synapse cannot invalidate access tokens for modules: {error}",
            ) from error

    async def createLoginToken(self, user_id: str, options: JsonDict | None = None) -> str:
        given = options or {}
        return await self._api.create_login_token(
            user_id,
            duration_in_ms=int(given.get("durationMs") or 2 * 60 * 1000),
            auth_provider_id=given.get("authProviderId"),
            auth_provider_session_id=given.get("authProviderSessionId"),
        )

    async def completeSsoLogin(
        self,
        registered_user_id: str,
        request: Any,
        client_redirect_url: str,
        options: JsonDict | None = None,
    ) -> Tagged:
        given = options or {}
        # Synapse writes the response to the request. Record it, so that the module can return it.
        recorded = RecordedRequest(request)
        await self._api.complete_sso_login_async(
            registered_user_id,
            recorded,  # type: ignore[arg-type]
            client_redirect_url,
            bool(given.get("newUser")),
            given.get("authProviderId") or "<unknown>",
        )
        return Tagged("response", recorded.response())


class Rooms:
    def __init__(self, api: ModuleApi) -> None:
        self._api = api

    async def getRoomState(self, room_id: str, event_filter: Any = None) -> State:
        state = await self._api.get_room_state(room_id, _filter(event_filter or []) or None)
        return State(state)

    async def updateRoomMembership(
        self,
        sender: str,
        target: str,
        room_id: str,
        membership: str,
        options: JsonDict | None = None,
    ) -> EventBase:
        given = options or {}
        return await self._api.update_room_membership(
            sender,
            target,
            room_id,
            membership,
            given.get("content"),
            given.get("remoteRoomHosts"),
        )

    async def createAndSendEventIntoRoom(self, event: JsonDict) -> EventBase:
        missing = [key for key in ("type", "room_id", "sender", "content") if key not in event]
        if missing:
            raise RefusedCall(_INVALID, f"the event lacks {', '.join(missing)}")
        return await self._api.create_and_send_event_into_room(event)

    async def createRoom(
        self, user_id: str, config: JsonDict, options: JsonDict | None = None
    ) -> JsonDict:
        given = options or {}
        room_id, alias = await self._api.create_room(
            user_id, config, given.get("ratelimit", True), given.get("creatorJoinProfile")
        )
        return {"roomId": room_id, "alias": alias}

    async def deleteRoom(self, room_id: str) -> None:
        await self._api.delete_room(room_id)

    async def getCanonicalRoomAlias(self, room_id: str) -> Any:
        return await self._api.get_canonical_room_alias(RoomID.from_string(room_id))

    async def lookupRoomAlias(self, alias: str) -> JsonDict:
        room_id, hosts = await self._api.lookup_room_alias(alias)
        return {"roomId": room_id, "hosts": list(hosts)}


class PublicRooms:
    def __init__(self, api: ModuleApi) -> None:
        self._rooms = api.public_room_list_manager

    async def roomIsInPublicRoomList(self, room_id: str) -> bool:
        return bool(await self._rooms.room_is_in_public_room_list(room_id))

    async def addRoomToPublicRoomList(self, room_id: str) -> None:
        await self._rooms.add_room_to_public_room_list(room_id)

    async def removeRoomFromPublicRoomList(self, room_id: str) -> None:
        await self._rooms.remove_room_from_public_room_list(room_id)


class AccountDataStore:
    def __init__(self, api: ModuleApi) -> None:
        self._data = api.account_data_manager

    async def getGlobal(self, user_id: str, data_type: str) -> Any:
        return await self._data.get_global(user_id, data_type)

    async def putGlobal(self, user_id: str, data_type: str, new_data: JsonDict) -> None:
        if not isinstance(data_type, str):
            raise RefusedCall(_INVALID, "the type of account data must be a string")
        if not isinstance(new_data, dict):
            raise RefusedCall(_INVALID, "account data must be a plain object")
        await self._data.put_global(user_id, data_type, new_data)


class Presence:
    def __init__(self, api: ModuleApi) -> None:
        self._api = api

    async def sendLocalOnlinePresenceTo(self, users: list[str]) -> None:
        with _as_writer():
            await self._api.send_local_online_presence_to(users)

    async def setPresenceForUsers(self, users: dict[str, JsonDict]) -> None:
        with _as_writer():
            await self._api.set_presence_for_users(
                {user: (update["state"], update.get("statusMsg")) for user, update in users.items()}
            )


class PushRules:
    def __init__(self, api: ModuleApi) -> None:
        self._api = api

    async def setPushRuleAction(
        self, user_id: str, scope: str, kind: str, rule_id: str, actions: list[Any]
    ) -> None:
        if self._api.worker_app is not None:
            raise RefusedCall(
                _NOT_SUPPORTED, "push rules can only be changed in the main process of Synapse"
            )
        if kind not in PRIORITY_CLASS_MAP:
            raise RefusedCall(_INVALID, f"there is no kind of push rules {kind!r}")
        self._api.check_push_rule_actions(actions)
        await self._api.set_push_rule_action(user_id, scope, kind, rule_id, actions)


class Pushers:
    def __init__(self, api: ModuleApi) -> None:
        self._api = api

    async def sendHttpPushNotification(
        self,
        user_id: str,
        device_id: str | None,
        content: JsonDict,
        tweaks: JsonDict | None = None,
        default_payload: JsonDict | None = None,
    ) -> dict[str, bool]:
        return await self._api.send_http_push_notification(
            user_id, device_id, content, tweaks, default_payload
        )


class Mailer:
    def __init__(self, api: ModuleApi) -> None:
        self._api = api

    async def sendMail(self, recipient: str, subject: str, html: str, text: str) -> None:
        await self._api.send_mail(recipient, subject, html, text)


SERVICES: dict[str, Callable[[ModuleApi], object]] = {
    service.__name__: service
    for service in (
        Users,
        Profiles,
        Registration,
        Auth,
        Rooms,
        PublicRooms,
        AccountDataStore,
        Presence,
        PushRules,
        Pushers,
        Mailer,
    )
}
"""Every service that Synapse provides to modules in `ligand serve`, by name."""


class Services:
    """The services of one Synapse process."""

    def __init__(self, api: ModuleApi) -> None:
        self._services = {name: make(api) for name, make in SERVICES.items()}

    async def call(self, service: str, method: str, args: list[Any]) -> Any:
        """Calls a service method.

        Raises RefusedCall if there's no such method or its arguments are invalid, and otherwise
        whatever the method raises.
        """
        callee = getattr(self._services.get(service), method, None)
        if method.startswith("_") or not callable(callee):
            raise RefusedCall(
                "LIGAND_REMOTE_PROTOCOL", f"Synapse has no service method {service}.{method}"
            )
        try:
            return await callee(*args)
        except CodeMessageException:
            # CodeMessageException is a RuntimeError, so it must not reach the next clause.
            raise
        except _ARGUMENT_ERRORS as error:
            raise RefusedCall(_INVALID, f"{service}.{method}: {error}") from error


@contextmanager
def _as_writer() -> Iterator[None]:
    """Raises RefusedCall if this process doesn't write presence.

    Synapse raises a bare Exception or AssertionError for that, which would tell the module little.
    """
    try:
        yield
    except Exception as error:
        if type(error) not in (Exception, AssertionError):
            raise
        raise RefusedCall(
            _NOT_SUPPORTED,
            "this Synapse process doesn't write presence",
            "Call this in the process that writes presence.",
        ) from error


def _member(record: Any, name: str) -> Any:
    """Reads a field of a record. Older versions of Synapse have dictionaries instead of classes."""
    return record[name] if isinstance(record, dict) else getattr(record, name)


def _user_id(user_id: str | UserID) -> UserID:
    return user_id if isinstance(user_id, UserID) else UserID.from_string(user_id)


def _filter(types: Any) -> list[tuple[str, str | None]]:
    return [(event_type, state_key) for event_type, state_key in types]
