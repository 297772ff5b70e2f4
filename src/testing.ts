import "reflect-metadata";

export {
  testModule,
  testModules,
  TestKit,
  type TestEntry,
  type TestModuleOptions,
  type TestOptions,
} from "./testing/test-module.js";
export {
  membershipEvent,
  presence,
  requester,
  roomEvent,
  roomId,
  stateOf,
  TEST_SERVER,
  userId,
} from "./testing/builders.js";
export {
  createInMemoryHomeserver,
  type InMemoryHomeserver,
  type InMemoryParts,
  type TestUserOptions,
} from "./testing/in-memory-homeserver.js";
export { expectDecisions, type ComparedDecisions, type ExpectDecisionsOptions } from "./testing/expect-decisions.js";
export type { UnknownReason } from "./replay/unknown.js";
export { TestAccount } from "./testing/test-account.js";
export { TestUser } from "./testing/test-user.js";
export { TestAdmin } from "./testing/test-admin.js";
export { FakeClock } from "./testing/fake-clock.js";
export { FakeHttpClient, type ScriptedResponse } from "./testing/fake-http-client.js";
export { FakeRemoteServers } from "./testing/fake-remote-servers.js";
export { FakeTemplates } from "./testing/fake-templates.js";
export { InMemoryMailer } from "./testing/in-memory-mailer.js";
export { captureLogs, type LogRecord } from "./testing/captured-logs.js";
