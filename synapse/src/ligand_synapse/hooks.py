"""The hooks of Synapse, by the names that Synapse gives them.

What a hook means is said in Ligand's catalogue. Here is what the two sides need to meet: how the
hook is registered, what of its arguments is not plain, what its result becomes, and what stands in
for an answer when there is none.
"""

from collections.abc import Callable, Sequence
from typing import Any

import attr
from synapse.module_api import (
    NOT_SPAM,
    PRESENCE_ALL_USERS,
    JsonDict,
    MediaUploadLimit,
    RatelimitOverride,
    UserPresenceState,
)
from synapse.module_api.errors import Codes, SynapseError
from synapse.spam_checker_api import RegistrationBehaviour

from .errors import UNUSABLE_FIELDS, BridgeFault
from .wire import Denial, File, Tagged

Result = Callable[[Any], Any]
Answer = Callable[[], Any]
Prepare = Callable[[Any], Any]


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Hook:
    """A hook that Synapse has."""

    name: str
    """The keyword argument of the function that registers it."""
    register: str
    """The method of ModuleApi that registers it."""
    arity: int
    """How many arguments it has. Synapse looks at that where older modules take fewer."""
    result: Result
    """What the modules' result becomes for Synapse. An exception that it returns is raised."""
    allow: Answer
    """Answers as if no module had an opinion. An exception that it returns is raised."""
    deny: Answer | None = None
    """Answers as if a module were against it; None where nothing can be denied."""
    prepare: dict[int, Prepare] = attr.Factory(dict)
    """What to do to arguments that are not what they look like, by position."""
    state: int | None = None
    """The position of the state of a room."""
    mutable: int | None = None
    """The position of the argument that callbacks may change."""


def denial(value: Denial) -> tuple[Codes, JsonDict]:
    """A denial as most of Synapse's hooks take one.

    Synapse makes an error of it, with the members of the second part in its body: so the text and a
    code that Synapse does not know reach the client through there.
    """
    fields = {
        name: member
        for name, member in value.fields.items()
        if name not in UNUSABLE_FIELDS and name != "errcode"
    }
    if value.error is not None:
        fields["error"] = value.error
    try:
        return Codes(value.code), fields
    except ValueError:
        return Codes.FORBIDDEN, {**fields, "errcode": value.code}


def _verdict(value: Any) -> Any:
    if value == NOT_SPAM:
        return NOT_SPAM
    if isinstance(value, Denial):
        return denial(value)
    raise BridgeFault(f"a verdict was expected, found {value!r}")


def _raised_verdict(value: Any) -> Any:
    """Where Synapse takes a code alone: the error that it would make, with all that it can have."""
    verdict = _verdict(value)
    if verdict is NOT_SPAM:
        return NOT_SPAM
    code, fields = verdict
    return SynapseError(403, "You are not permitted to send the state event", code, fields)


def _event_allowed(value: Any) -> tuple[bool, JsonDict | None]:
    allowed, replacement = value
    if replacement is None:
        return bool(allowed), None
    # Synapse gives the new event an id of its own.
    return bool(allowed), {name: v for name, v in replacement.items() if name != "event_id"}


def _presence_state(value: dict[str, Any]) -> UserPresenceState:
    return UserPresenceState(
        user_id=value["userId"],
        state=value["state"],
        last_active_ts=value["lastActiveTs"],
        last_federation_update_ts=value["lastFederationUpdateTs"],
        last_user_sync_ts=value["lastUserSyncTs"],
        status_msg=value["statusMsg"],
        currently_active=value["currentlyActive"],
    )


def _users_for_states(value: dict[str, list[dict[str, Any]]]) -> dict[str, set[UserPresenceState]]:
    return {user: {_presence_state(state) for state in states} for user, states in value.items()}


def _interested_users(value: Any) -> Any:
    return PRESENCE_ALL_USERS if value == PRESENCE_ALL_USERS else set(value)


def _auth_result(value: Any) -> Any:
    """The user, and what to call with the response of the login: it may change the response."""
    if value is None:
        return None
    user_id, on_login = value
    return user_id, on_login


def _slot(value: Any) -> Any:
    """What enters the slot and what leaves it."""
    return None if value is None else (value["enter"], value["exit"])


def _upload_limits(value: Any) -> list[MediaUploadLimit] | None:
    return None if value is None else [_upload_limit(limit) for limit in value]


_LIMIT_FIELDS = frozenset(field.name for field in attr.fields(MediaUploadLimit))


def _upload_limit(value: dict[str, Any]) -> MediaUploadLimit:
    optional = {"infoUri": "info_uri", "canUpgrade": "can_upgrade"}
    given = {
        name: value[key]
        for key, name in optional.items()
        # Older versions of Synapse limit uploads and have no page to say more.
        if value.get(key) is not None and name in _LIMIT_FIELDS
    }
    return MediaUploadLimit(
        max_bytes=value["maxBytes"], time_period_ms=value["timePeriodMs"], **given
    )


# Synapse documents a rate of 0 as no limit, but divides by it: an unreachable rate is no limit.
_UNLIMITED = RatelimitOverride(per_second=1e9, burst_count=10**9)


def _ratelimit_override(value: Any) -> RatelimitOverride | None:
    if value is None:
        return None
    if value["perSecond"] == 0:
        return _UNLIMITED
    return RatelimitOverride(per_second=value["perSecond"], burst_count=value["burstCount"])


def _same(value: Any) -> Any:
    return value


def _nothing(value: Any) -> None:
    return None


def _none() -> None:
    return None


def _forbid() -> SynapseError:
    return SynapseError(403, "This cannot be decided at the moment", Codes.FORBIDDEN)


def _file_info(info: Any) -> dict[str, Any]:
    thumbnail = info.thumbnail
    return {
        "serverName": info.server_name,
        "fileId": info.file_id,
        "urlCache": info.url_cache,
        "thumbnail": thumbnail
        and {
            "width": thumbnail.width,
            "height": thumbnail.height,
            "method": thumbnail.method,
            "type": thumbnail.type,
            "length": thumbnail.length,
        },
    }


def _limit(limit: MediaUploadLimit) -> dict[str, Any]:
    return {
        "maxBytes": limit.max_bytes,
        "timePeriodMs": limit.time_period_ms,
        "infoUri": getattr(limit, "info_uri", None),
        "canUpgrade": getattr(limit, "can_upgrade", False),
    }


def _delivery(delivery: Any) -> dict[str, Any]:
    return {
        "serverName": delivery.server_name,
        "events": list(delivery.events),
        "method": delivery.method.value,
    }


def _states(states: Any) -> list[Any]:
    return list(states)


def _category(register: str, *hooks: Hook) -> Sequence[Hook]:
    return [attr.evolve(hook, register=register) for hook in hooks]


def _hook(name: str, arity: int, result: Result, allow: Answer, **options: Any) -> Hook:
    return Hook(name=name, register="", arity=arity, result=result, allow=allow, **options)


def _checked(name: str, arity: int, **options: Any) -> Hook:
    """A hook that answers with a verdict."""
    options.setdefault("deny", lambda: (Codes.FORBIDDEN, {}))
    return _hook(name, arity, options.pop("result", _verdict), lambda: NOT_SPAM, **options)


def _asked(name: str, arity: int, allow: bool, **options: Any) -> Hook:
    """A hook that answers with yes or no."""
    return _hook(name, arity, bool, lambda: allow, deny=lambda: not allow, **options)


def _told(name: str, arity: int, **options: Any) -> Hook:
    """A hook that answers with nothing."""
    return _hook(name, arity, _nothing, _none, **options)


_ALL: Sequence[Hook] = [
    *_category(
        "register_spam_checker_callbacks",
        _checked("check_event_for_spam", 1),
        _asked("should_drop_federated_event", 1, allow=False),
        _checked("user_may_join_room", 3),
        _checked("user_may_invite", 3),
        _checked("federated_user_may_invite", 1),
        _checked("user_may_send_3pid_invite", 4),
        _checked("user_may_create_room", 2),
        _checked("user_may_create_room_alias", 2),
        _checked("user_may_publish_room", 2),
        _checked(
            "user_may_send_state_event", 5, result=_raised_verdict, deny=lambda: Codes.FORBIDDEN
        ),
        _asked("check_username_for_spam", 2, allow=False),
        _hook(
            "check_registration_for_spam",
            4,
            RegistrationBehaviour,
            lambda: RegistrationBehaviour.ALLOW,
            deny=lambda: RegistrationBehaviour.DENY,
        ),
        _checked(
            "check_media_file_for_spam",
            2,
            prepare={0: lambda file: File(file.path), 1: _file_info},
        ),
        _checked("check_login_for_spam", 5),
    ),
    *_category(
        "register_third_party_rules_callbacks",
        _hook(
            "check_event_allowed",
            2,
            _event_allowed,
            lambda: (True, None),
            deny=lambda: (False, None),
            state=1,
        ),
        _told("on_create_room", 3, deny=_forbid, mutable=1),
        _asked("check_threepid_can_be_invited", 3, allow=True, state=2),
        _asked("check_visibility_can_be_modified", 3, allow=True, state=1),
        _told("on_new_event", 2, state=1),
        _asked("check_can_shutdown_room", 2, allow=True),
        _asked("check_can_deactivate_user", 2, allow=True),
        _told("on_profile_update", 4),
        _told("on_user_deactivation_status_changed", 3),
        _told("on_threepid_bind", 3),
        _told("on_add_user_third_party_identifier", 3),
        _told("on_remove_user_third_party_identifier", 3),
    ),
    *_category(
        "register_presence_router_callbacks",
        _hook("get_users_for_states", 1, _users_for_states, dict, prepare={0: _states}),
        _hook("get_interested_users", 1, _interested_users, set),
    ),
    *_category(
        "register_account_validity_callbacks",
        _hook("is_user_expired", 1, _same, _none, deny=lambda: True),
        _told("on_user_registration", 1),
        _told("on_user_login", 3),
        _told("on_legacy_send_mail", 1),
        _hook("on_legacy_renew", 1, tuple, lambda: (False, False, 0)),
        _hook("on_legacy_admin_request", 1, _same, _forbid, deny=_forbid),
    ),
    *_category(
        "register_password_auth_provider_callbacks",
        _hook("auth_checkers", 3, _auth_result, _none),
        _hook("check_3pid_auth", 3, _auth_result, _none),
        _told("on_logged_out", 3),
        _hook("get_username_for_registration", 2, _same, _none),
        _hook("get_displayname_for_registration", 2, _same, _none),
        _asked("is_3pid_allowed", 3, allow=True),
    ),
    *_category(
        "register_background_update_controller_callbacks",
        # The result is a slot, whose two functions cross: see BackgroundUpdateSlot.
        _hook("on_update", 3, _slot, _none),
        _hook("default_batch_size", 2, int, lambda: 100),
        _hook("min_batch_size", 2, int, lambda: 1),
    ),
    *_category(
        "register_account_data_callbacks",
        _told("on_account_data_updated", 4),
    ),
    *_category(
        "register_add_extra_fields_to_unsigned_client_event_callbacks",
        _hook("add_field_to_unsigned_callback", 1, _same, dict),
    ),
    *_category(
        "register_media_repository_callbacks",
        _hook("get_media_config_for_user", 1, _same, _none),
        _asked("is_user_allowed_to_upload_media_of_size", 2, allow=True),
        _hook("get_media_upload_limits_for_user", 1, _upload_limits, _none),
        _told("on_media_upload_limit_exceeded", 4, prepare={1: _limit}),
    ),
    *_category(
        "register_ratelimit_callbacks",
        _hook("get_ratelimit_override_for_user", 2, _ratelimit_override, _none),
    ),
    *_category(
        "register_federation_callbacks",
        _told("on_event_delivered_over_federation", 1, prepare={0: _delivery}),
    ),
]

HOOKS: dict[str, Hook] = {hook.name: hook for hook in _ALL}
"""Every hook, by its name."""

__all__ = ["HOOKS", "Denial", "Hook", "Tagged", "denial"]
