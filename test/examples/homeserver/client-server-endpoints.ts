/**
 * The endpoints of the client-server API in versions 1.1 to 1.4 of the Matrix specification, as its `data/api/client-server`
 * lists them: the methods, and the path.
 */
export const ENDPOINTS: readonly (readonly [method: string, path: string])[] = `
  GET /.well-known/matrix/client
  GET /_matrix/client/v1/register/m.login.registration_token/validity
  GET /_matrix/client/v1/rooms/{roomId}/hierarchy
  GET /_matrix/client/v1/rooms/{roomId}/relations/{eventId}
  GET /_matrix/client/v1/rooms/{roomId}/relations/{eventId}/{relType}
  GET /_matrix/client/v1/rooms/{roomId}/relations/{eventId}/{relType}/{eventType}
  GET /_matrix/client/v1/rooms/{roomId}/threads
  GET|POST /_matrix/client/v3/account/3pid
  POST /_matrix/client/v3/account/3pid/add
  POST /_matrix/client/v3/account/3pid/bind
  POST /_matrix/client/v3/account/3pid/delete
  POST /_matrix/client/v3/account/3pid/email/requestToken
  POST /_matrix/client/v3/account/3pid/msisdn/requestToken
  POST /_matrix/client/v3/account/3pid/unbind
  POST /_matrix/client/v3/account/deactivate
  POST /_matrix/client/v3/account/password
  POST /_matrix/client/v3/account/password/email/requestToken
  POST /_matrix/client/v3/account/password/msisdn/requestToken
  GET /_matrix/client/v3/account/whoami
  GET /_matrix/client/v3/admin/whois/{userId}
  GET /_matrix/client/v3/capabilities
  POST /_matrix/client/v3/createRoom
  POST /_matrix/client/v3/delete_devices
  GET /_matrix/client/v3/devices
  GET|PUT|DELETE /_matrix/client/v3/devices/{deviceId}
  PUT /_matrix/client/v3/directory/list/appservice/{networkId}/{roomId}
  GET|PUT /_matrix/client/v3/directory/list/room/{roomId}
  GET|PUT|DELETE /_matrix/client/v3/directory/room/{roomAlias}
  GET /_matrix/client/v3/events
  GET /_matrix/client/v3/events/{eventId}
  GET /_matrix/client/v3/initialSync
  POST /_matrix/client/v3/join/{roomIdOrAlias}
  GET /_matrix/client/v3/joined_rooms
  GET /_matrix/client/v3/keys/changes
  POST /_matrix/client/v3/keys/claim
  POST /_matrix/client/v3/keys/device_signing/upload
  POST /_matrix/client/v3/keys/query
  POST /_matrix/client/v3/keys/signatures/upload
  POST /_matrix/client/v3/keys/upload
  POST /_matrix/client/v3/knock/{roomIdOrAlias}
  GET|POST /_matrix/client/v3/login
  GET /_matrix/client/v3/login/sso/redirect
  GET /_matrix/client/v3/login/sso/redirect/{idpId}
  POST /_matrix/client/v3/logout
  POST /_matrix/client/v3/logout/all
  GET /_matrix/client/v3/notifications
  GET|PUT /_matrix/client/v3/presence/{userId}/status
  GET /_matrix/client/v3/profile/{userId}
  GET|PUT /_matrix/client/v3/profile/{userId}/avatar_url
  GET|PUT /_matrix/client/v3/profile/{userId}/displayname
  GET|POST /_matrix/client/v3/publicRooms
  GET /_matrix/client/v3/pushers
  POST /_matrix/client/v3/pushers/set
  GET /_matrix/client/v3/pushrules/
  GET|PUT|DELETE /_matrix/client/v3/pushrules/{scope}/{kind}/{ruleId}
  GET|PUT /_matrix/client/v3/pushrules/{scope}/{kind}/{ruleId}/actions
  GET|PUT /_matrix/client/v3/pushrules/{scope}/{kind}/{ruleId}/enabled
  POST /_matrix/client/v3/refresh
  POST /_matrix/client/v3/register
  GET /_matrix/client/v3/register/available
  POST /_matrix/client/v3/register/email/requestToken
  POST /_matrix/client/v3/register/msisdn/requestToken
  GET|PUT|DELETE /_matrix/client/v3/room_keys/keys
  GET|PUT|DELETE /_matrix/client/v3/room_keys/keys/{roomId}
  GET|PUT|DELETE /_matrix/client/v3/room_keys/keys/{roomId}/{sessionId}
  GET|POST /_matrix/client/v3/room_keys/version
  GET|PUT|DELETE /_matrix/client/v3/room_keys/version/{version}
  GET /_matrix/client/v3/rooms/{roomId}/aliases
  POST /_matrix/client/v3/rooms/{roomId}/ban
  GET /_matrix/client/v3/rooms/{roomId}/context/{eventId}
  GET /_matrix/client/v3/rooms/{roomId}/event/{eventId}
  POST /_matrix/client/v3/rooms/{roomId}/forget
  GET /_matrix/client/v3/rooms/{roomId}/initialSync
  POST /_matrix/client/v3/rooms/{roomId}/invite
  POST /_matrix/client/v3/rooms/{roomId}/join
  GET /_matrix/client/v3/rooms/{roomId}/joined_members
  POST /_matrix/client/v3/rooms/{roomId}/kick
  POST /_matrix/client/v3/rooms/{roomId}/leave
  GET /_matrix/client/v3/rooms/{roomId}/members
  GET /_matrix/client/v3/rooms/{roomId}/messages
  POST /_matrix/client/v3/rooms/{roomId}/read_markers
  POST /_matrix/client/v3/rooms/{roomId}/receipt/{receiptType}/{eventId}
  PUT /_matrix/client/v3/rooms/{roomId}/redact/{eventId}/{txnId}
  POST /_matrix/client/v3/rooms/{roomId}/report/{eventId}
  PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}
  GET /_matrix/client/v3/rooms/{roomId}/state
  GET|PUT /_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}
  PUT /_matrix/client/v3/rooms/{roomId}/typing/{userId}
  POST /_matrix/client/v3/rooms/{roomId}/unban
  POST /_matrix/client/v3/rooms/{roomId}/upgrade
  POST /_matrix/client/v3/search
  PUT /_matrix/client/v3/sendToDevice/{eventType}/{txnId}
  GET /_matrix/client/v3/sync
  GET /_matrix/client/v3/thirdparty/location
  GET /_matrix/client/v3/thirdparty/location/{protocol}
  GET /_matrix/client/v3/thirdparty/protocol/{protocol}
  GET /_matrix/client/v3/thirdparty/protocols
  GET /_matrix/client/v3/thirdparty/user
  GET /_matrix/client/v3/thirdparty/user/{protocol}
  GET|PUT /_matrix/client/v3/user/{userId}/account_data/{type}
  POST /_matrix/client/v3/user/{userId}/filter
  GET /_matrix/client/v3/user/{userId}/filter/{filterId}
  POST /_matrix/client/v3/user/{userId}/openid/request_token
  GET|PUT /_matrix/client/v3/user/{userId}/rooms/{roomId}/account_data/{type}
  GET /_matrix/client/v3/user/{userId}/rooms/{roomId}/tags
  PUT|DELETE /_matrix/client/v3/user/{userId}/rooms/{roomId}/tags/{tag}
  POST /_matrix/client/v3/user_directory/search
  GET /_matrix/client/v3/voip/turnServer
  GET /_matrix/client/versions
  GET /_matrix/media/v3/config
  GET /_matrix/media/v3/download/{serverName}/{mediaId}
  GET /_matrix/media/v3/download/{serverName}/{mediaId}/{fileName}
  GET /_matrix/media/v3/preview_url
  GET /_matrix/media/v3/thumbnail/{serverName}/{mediaId}
  POST /_matrix/media/v3/upload
`
  .trim()
  .split("\n")
  .flatMap((line) => {
    const [methods = "", path = ""] = line.trim().split(" ");
    return methods.split("|").map((method) => [method, path] as const);
  });
