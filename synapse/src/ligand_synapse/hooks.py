"""Synapse's hooks, by Synapse's names.

`hook_table.json`, generated from Ligand's catalogue, lists the hooks and their fallback answers.
This file adds what's specific to Synapse: how to prepare arguments that aren't plain values, and
how to convert results to Synapse's types.
"""

import json
from collections.abc import Callable
from importlib import resources
from typing import Any, cast

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
from .wire import Denial, File, Handles, Tagged, decode

Result = Callable[[Any], Any]
Answer = Callable[[], Any]
Prepare = Callable[[Any], Any]
Raised = Callable[[Exception], Exception]


def _same(value: Any) -> Any:
    return value


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Hook:
    """One of Synapse's hooks."""

    name: str
    """Synapse's name: the keyword argument of the method that registers it."""
    register: str
    """The ModuleApi method that registers it."""
    arity: int
    """How many arguments it takes. Synapse inspects this, because older modules take fewer."""
    result: Result
    """Converts the modules' result to Synapse's. If it returns an exception, that's raised."""
    allow: Answer
    """Makes the answer when no module objects. If it returns an exception, that's raised."""
    failed: Raised = _same
    """Converts what a module raised to what Synapse is to see."""
    deny: Answer | None = None
    """Makes the answer when a module refuses; None if the hook can't refuse anything."""
    prepare: dict[int, Prepare] = attr.Factory(dict)
    """Converts arguments before they're encoded, by position."""
    state: int | None = None
    """The position of the argument with the room's state, if there is one."""
    mutable: int | None = None
    """The position of the argument that callbacks may change, if there is one."""


def denial(value: Denial) -> tuple[Codes, JsonDict]:
    """Converts a denial to the pair of code and extra fields that most of Synapse's hooks take.

    Synapse copies the fields into the body of the error it sends. That's how the message gets to
    the client, and so does a code that isn't one of Synapse's `Codes`.
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
    raise BridgeFault(f"a verdict was expected, found a {type(value).__name__}")


def _raised_verdict(value: Any) -> Any:
    """Converts a verdict for a hook where Synapse accepts only a bare code.

    A denial becomes the error that Synapse would raise, with the module's message and fields.
    """
    verdict = _verdict(value)
    if verdict is NOT_SPAM:
        return NOT_SPAM
    code, fields = verdict
    return SynapseError(403, "You are not permitted to send the state event", code, fields)


def _event_allowed(value: Any) -> tuple[bool, JsonDict | None]:
    allowed, replacement = value
    if replacement is None:
        return bool(allowed), None
    # Synapse assigns the replacement a new id.
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
    """Returns the user id and a function that may change the login response, or None."""
    if value is None:
        return None
    user_id, on_login = value
    return user_id, on_login


def _slot(value: Any) -> Any:
    """Returns the functions that enter and leave the slot, or None."""
    return None if value is None else (value["enter"], value["exit"])


def _upload_limits(value: Any) -> list[MediaUploadLimit] | None:
    return None if value is None else [_upload_limit(limit) for limit in value]


_LIMIT_FIELDS = frozenset(field.name for field in attr.fields(MediaUploadLimit))


def _upload_limit(value: dict[str, Any]) -> MediaUploadLimit:
    optional = {"infoUri": "info_uri", "canUpgrade": "can_upgrade"}
    given = {
        name: value[key]
        for key, name in optional.items()
        # Older versions of Synapse don't have these two fields.
        if value.get(key) is not None and name in _LIMIT_FIELDS
    }
    return MediaUploadLimit(
        max_bytes=value["maxBytes"], time_period_ms=value["timePeriodMs"], **given
    )


# Synapse documents a rate of 0 as unlimited, but then divides by it. A rate that no client reaches
# has the same effect.
_UNLIMITED = RatelimitOverride(per_second=1e9, burst_count=10**9)


def _ratelimit_override(value: Any) -> RatelimitOverride | None:
    if value is None:
        return None
    if value["perSecond"] == 0:
        return _UNLIMITED
    return RatelimitOverride(per_second=value["perSecond"], burst_count=value["burstCount"])


def _internal_error(error: Exception) -> Exception:
    """Keeps a failure from looking like a refusal, which Synapse makes of most exceptions."""
    if isinstance(error, SynapseError):
        return error
    failure = SynapseError(500, "Internal server error", Codes.UNKNOWN)
    failure.__cause__ = error
    return failure


def _nothing(value: Any) -> None:
    return None


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


@attr.s(auto_attribs=True, frozen=True, slots=True)
class Conversion:
    """Hook-specific conversions, for hooks whose kind of result doesn't determine them."""

    result: Result | None = None
    allow: Answer | None = None
    """Overrides the answer without modules, if `result` can't convert it to Synapse's types."""
    failed: Raised | None = None
    prepare: dict[int, Prepare] = attr.Factory(dict)


_BY_KIND: dict[str, Result] = {
    "verdict": _verdict,
    "boolean": bool,
    "nothing": _nothing,
    "value": _same,
}

_CONVERSIONS: dict[str, Conversion] = {
    "user_may_send_state_event": Conversion(_raised_verdict),
    "check_registration_for_spam": Conversion(RegistrationBehaviour),
    "check_media_file_for_spam": Conversion(
        prepare={0: lambda file: File(file.path), 1: _file_info}
    ),
    "check_event_allowed": Conversion(_event_allowed),
    "on_create_room": Conversion(failed=_internal_error),
    "get_users_for_states": Conversion(_users_for_states, prepare={0: list}),
    "get_interested_users": Conversion(_interested_users),
    "on_legacy_renew": Conversion(tuple, allow=lambda: (False, False, 0)),
    "auth_checkers": Conversion(_auth_result),
    "check_3pid_auth": Conversion(_auth_result),
    # The result holds two functions to call later; see BackgroundUpdateSlot.
    "on_update": Conversion(_slot),
    # Without an opinion, what Synapse's configuration has by default.
    "default_batch_size": Conversion(lambda value: 100 if value is None else int(value)),
    "min_batch_size": Conversion(lambda value: 1 if value is None else int(value)),
    "get_media_upload_limits_for_user": Conversion(_upload_limits),
    "on_media_upload_limit_exceeded": Conversion(prepare={1: _limit}),
    "get_ratelimit_override_for_user": Conversion(_ratelimit_override),
    "on_event_delivered_over_federation": Conversion(prepare={0: _delivery}),
}


def _hook(declared: dict[str, Any]) -> Hook:
    """Builds a hook from its entry in the table."""
    name = declared["name"]
    conversion = _CONVERSIONS.get(name) or Conversion()
    result = conversion.result or _BY_KIND[declared["result"]]

    def no_opinion() -> Any:
        return result(_value(declared["noOpinion"]))

    deny = _refusing(declared["refusal"], result) if "refusal" in declared else None
    # If callbacks replace Synapse's own behaviour, there's nothing to fall back to, so refuse.
    instead = deny if declared.get("replacesHomeserver") else None
    return Hook(
        name=name,
        register=declared["register"],
        arity=len(declared["parameters"]),
        result=result,
        allow=conversion.allow or instead or no_opinion,
        failed=conversion.failed or _same,
        deny=deny,
        prepare=conversion.prepare,
        state=declared.get("state"),
        mutable=declared.get("mutable"),
    )


def _refusing(refusal: dict[str, Any], result: Result) -> Answer:
    if "result" in refusal:
        return lambda: result(_value(refusal["result"]))
    return lambda: SynapseError(refusal["status"], refusal["message"], Codes(refusal["errcode"]))


def _value(wire: Any) -> Any:
    """Decodes a value from the table. None of them refers to a peer, so no handles are needed."""
    return decode(wire, cast(Handles, None))


def _declared() -> list[dict[str, Any]]:
    table = resources.files(__package__).joinpath("hook_table.json").read_text("utf-8")
    return cast(list[dict[str, Any]], json.loads(table)["hooks"])


HOOKS: dict[str, Hook] = {declared["name"]: _hook(declared) for declared in _declared()}
"""Every hook, by Synapse's name."""

__all__ = ["HOOKS", "Denial", "Hook", "Tagged", "denial"]
