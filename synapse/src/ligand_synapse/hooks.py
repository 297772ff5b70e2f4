"""The hooks of Synapse, by the names that Synapse gives them.

Which hooks there are, what they mean, and what stands in for an answer when there is none, is said
in Ligand's catalogue, of which `hook_table.json` is made. Here is what Synapse adds: which
arguments are not plain, and what a result becomes.
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
    """How the values of a hook become Synapse's, where what it answers doesn't say it."""

    result: Result | None = None
    allow: Answer | None = None
    """Where the result of no modules has no form in Synapse."""
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
    "get_users_for_states": Conversion(_users_for_states, prepare={0: list}),
    "get_interested_users": Conversion(_interested_users),
    "on_legacy_renew": Conversion(tuple, allow=lambda: (False, False, 0)),
    "auth_checkers": Conversion(_auth_result),
    "check_3pid_auth": Conversion(_auth_result),
    # The result is a slot, whose two functions cross: see BackgroundUpdateSlot.
    "on_update": Conversion(_slot),
    "default_batch_size": Conversion(int, allow=lambda: 100),
    "min_batch_size": Conversion(int, allow=lambda: 1),
    "get_media_upload_limits_for_user": Conversion(_upload_limits),
    "on_media_upload_limit_exceeded": Conversion(prepare={1: _limit}),
    "get_ratelimit_override_for_user": Conversion(_ratelimit_override),
    "on_event_delivered_over_federation": Conversion(prepare={0: _delivery}),
}


def _hook(declared: dict[str, Any]) -> Hook:
    """A hook of Ligand's catalogue."""
    name = declared["name"]
    conversion = _CONVERSIONS.get(name) or Conversion()
    result = conversion.result or _BY_KIND[declared["result"]]

    def no_opinion() -> Any:
        return result(_value(declared["noOpinion"]))

    deny = _refusing(declared["refusal"], result) if "refusal" in declared else None
    # Where a callback replaces Synapse's own way, nothing is left to Synapse: what can refuse does.
    instead = deny if declared.get("replacesHomeserver") else None
    return Hook(
        name=name,
        register=declared["register"],
        arity=len(declared["parameters"]),
        result=result,
        allow=conversion.allow or instead or no_opinion,
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
    """A value of the table, none of which stands for something of the other side."""
    return decode(wire, cast(Handles, None))


def _declared() -> list[dict[str, Any]]:
    table = resources.files(__package__).joinpath("hook_table.json").read_text("utf-8")
    return cast(list[dict[str, Any]], json.loads(table)["hooks"])


HOOKS: dict[str, Hook] = {declared["name"]: _hook(declared) for declared in _declared()}
"""Every hook, by its name."""

__all__ = ["HOOKS", "Denial", "Hook", "Tagged", "denial"]
