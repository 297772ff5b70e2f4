import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { SAMPLES } from "#src/catalogue/index.samples.js";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { Category } from "#src/hooks/category.js";
import type { AnyHook, RegistrationEffect } from "#src/hooks/hook.js";
import { facetsOf, type Parameter } from "#src/hooks/parameter.js";
import type { Refusal } from "#src/hooks/refusal.js";
import { Stop } from "#src/hooks/strategy.js";
import { FORBIDDEN } from "#src/matrix/verdict.js";
import { samplesOf } from "./sampled-hooks.js";

const { hookSignatures } = (await import(pathToFileURL("scripts/docs/hook-signatures.mjs").href)) as {
  readonly hookSignatures: () => Map<string, Record<string, string>>;
};
const signatures = hookSignatures();

const SINCE = {
  SpamChecker: "1.37.0",
  ThirdPartyRules: "1.39.0",
  PresenceRouter: "1.42.0",
  AccountValidity: "1.39.0",
  PasswordAuth: "1.46.0",
  BackgroundUpdates: "1.49.0",
  AccountData: "1.57.0",
  UnsignedFields: "1.96.0",
  MediaRepository: "1.132.0",
  Ratelimit: "1.132.0",
  Federation: "1.158.0",
};

const categories = Object.values<Category>(CATALOGUE);
const hooks = categories.flatMap((category) =>
  Object.entries(category.hooks).map(([name, hook]) => ({
    property: category.property,
    category: category.name,
    name,
    hook: hook as AnyHook,
  })),
);
const named = <Value>(valueOf: (hook: AnyHook) => Value | undefined) =>
  Object.fromEntries(
    hooks.flatMap(({ name, hook }) => {
      const value = valueOf(hook);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
const parametersOf = (hook: AnyHook) => hook.parameters as readonly Parameter[];
/** The parameters of each hook of which something is so. */
const parametersThat = (is: (parameter: Parameter) => boolean) =>
  named((hook) => {
    const found = parametersOf(hook).filter(is);
    return found.length > 0 ? found.map(({ name }) => name) : undefined;
  });

describe("the catalogue", () => {
  it("the catalogue has eleven categories, each under the name of its decorators in camelCase", () => {
    expect(Object.fromEntries(categories.map(({ name, since }) => [name, since]))).to.deep.equal(SINCE);
    const properties = Object.keys(SINCE).map((name) => name[0]!.toLowerCase() + name.slice(1));
    expect(Object.keys(CATALOGUE)).to.deep.equal(properties);
    expect(categories.map(({ property }) => property)).to.deep.equal(properties);
  });

  it("case 420: has the fifty hooks of the specification, and one of a later version", () => {
    expect(hooks).to.have.lengthOf(51);
    expect(hooks.filter(({ category }) => category !== "Federation")).to.have.lengthOf(50);
  });

  for (const { property, category, name, hook } of hooks) {
    it(`${category}.${name} has samples, with a value for each argument`, () => {
      const samples = samplesOf(property, name);
      expect(samples, `write samples of ${name} in the samples of ${category}`).not.to.equal(undefined);
      expect(samples!.args).to.have.lengthOf(parametersOf(hook).length);
    });
  }

  it("the catalogue has samples of no hook that it doesn't have", () => {
    const sampled = Object.entries(SAMPLES).flatMap(([property, samples]) =>
      Object.keys(samples).map((name) => `${property}.${name}`),
    );
    const declared = hooks.map(({ property, name }) => `${property}.${name}`);
    expect(sampled.filter((name) => !declared.includes(name))).to.deep.equal([]);
  });

  it("the catalogue says who may see each argument of each hook", () => {
    expect(parametersThat(({ privacy }) => privacy === undefined)).to.deep.equal({});
    expect(parametersThat(({ privacy }) => privacy === "secret")).to.deep.equal({
      onLegacyRenew: ["renewalToken"],
      onLegacyAdminRequest: ["request"],
      authChecker: ["loginDict"],
      check3pidAuth: ["password"],
      onLoggedOut: ["accessToken"],
      getUsernameForRegistration: ["uiaResults", "params"],
      getDisplaynameForRegistration: ["uiaResults", "params"],
    });
  });

  it("the catalogue says which arguments are live, lent, or copied for each callback", () => {
    expect(parametersThat(({ mutable }) => mutable === true)).to.deep.equal({ onCreateRoom: ["requestContent"] });
    expect(parametersThat(({ lent }) => lent === true)).to.deep.equal({
      checkMediaFileForSpam: ["file"],
      onLegacyAdminRequest: ["request"],
    });
    expect(parametersThat(({ copy }) => copy !== undefined)).to.deep.equal({
      userMayCreateRoom: ["roomConfig"],
      userMaySendStateEvent: ["content"],
      checkUsernameForSpam: ["userProfile"],
      onMediaUploadLimitExceeded: ["limit"],
    });
  });

  it("the catalogue says which room, user and type a hook is about: in the words of an administrator, who is asked where", () => {
    const facets = named((hook) => {
      const found = Object.entries(facetsOf(parametersOf(hook)));
      const said = found.map(([facet, position]) => `${facet} ${parametersOf(hook)[position]!.name}`);
      return said.length > 0 ? said.join(", ") : undefined;
    });
    const ofEvent = "room event, user event, type event";
    const userId = "user userId";
    expect(facets).to.deep.equal({
      checkEventForSpam: ofEvent,
      shouldDropFederatedEvent: ofEvent,
      userMayJoinRoom: "user userId, room roomId",
      userMayInvite: "user inviter, room roomId",
      federatedUserMayInvite: ofEvent,
      userMaySend3pidInvite: "user inviter, room roomId",
      userMayCreateRoom: userId,
      userMayCreateRoomAlias: userId,
      userMayPublishRoom: "user userId, room roomId",
      userMaySendStateEvent: "user userId, room roomId, type eventType",
      checkUsernameForSpam: "user requesterId",
      checkLoginForSpam: userId,
      checkEventAllowed: ofEvent,
      onCreateRoom: "user requester",
      checkVisibilityCanBeModified: "room roomId",
      onNewEvent: ofEvent,
      checkCanShutdownRoom: "user userId, room roomId",
      checkCanDeactivateUser: userId,
      onProfileUpdate: userId,
      onUserDeactivationStatusChanged: userId,
      onThreepidBind: userId,
      onAddUserThirdPartyIdentifier: userId,
      onRemoveUserThirdPartyIdentifier: userId,
      isUserExpired: userId,
      onUserRegistration: userId,
      onUserLogin: userId,
      onLegacySendMail: userId,
      onLoggedOut: userId,
      onAccountDataUpdated: "user userId, room roomId, type type",
      addFieldToUnsigned: ofEvent,
      getMediaConfigForUser: userId,
      isUserAllowedToUploadMediaOfSize: userId,
      getMediaUploadLimitsForUser: userId,
      onMediaUploadLimitExceeded: userId,
      getRatelimitOverrideForUser: userId,
    });
  });

  it("the catalogue has a refusal where one can be given, which decides as an answer or is an error for the client", () => {
    const refusals = named((hook) => {
      const refusal = hook.refusal as Refusal<unknown> | null;
      if (!refusal) return undefined;
      if ("error" in refusal) return `${refusal.error().status} ${refusal.error().errcode}`;
      const step: unknown = hook.strategy.step(hook.strategy.start(), refusal.answer);
      expect(step).to.be.instanceOf(Stop);
      const { result } = step as Stop<unknown>;
      return refusal.onlyWhenNamed ? { onlyWhenNamed: result } : result;
    });
    const verdict = FORBIDDEN;
    expect(refusals).to.deep.equal({
      checkEventForSpam: verdict,
      userMayJoinRoom: verdict,
      userMayInvite: verdict,
      federatedUserMayInvite: verdict,
      userMaySend3pidInvite: verdict,
      userMayCreateRoom: verdict,
      userMayCreateRoomAlias: verdict,
      userMayPublishRoom: verdict,
      userMaySendStateEvent: verdict,
      checkUsernameForSpam: true,
      checkRegistrationForSpam: "deny",
      checkMediaFileForSpam: verdict,
      checkLoginForSpam: verdict,
      checkEventAllowed: [false, null],
      onCreateRoom: "403 M_FORBIDDEN",
      checkThreepidCanBeInvited: false,
      checkVisibilityCanBeModified: false,
      checkCanShutdownRoom: false,
      checkCanDeactivateUser: false,
      isUserExpired: { onlyWhenNamed: true },
      onLegacyAdminRequest: "403 M_FORBIDDEN",
      is3pidAllowed: false,
      isUserAllowedToUploadMediaOfSize: false,
    });
  });

  it("the catalogue says what registering a hook at Synapse changes or costs", () => {
    expect(named(({ atSynapse }) => (atSynapse as RegistrationEffect | undefined)?.kind)).to.deep.equal({
      checkEventAllowed: "costs",
      onLegacySendMail: "changes",
      onLegacyRenew: "changes",
      onLegacyAdminRequest: "changes",
      authChecker: "changes",
      onUpdate: "changes",
      defaultBatchSize: "changes",
      minBatchSize: "changes",
      onEventDeliveredOverFederation: "costs",
    });
  });

  it("the catalogue names arguments in the types as the declarations do", () => {
    const labels = Object.fromEntries(
      hooks.map(({ property, name }) => [
        name,
        Array.from(signatures.get(`${property}.${name}`)!["args"]!.matchAll(/(\w+)\??: /g), ([, label]) => label),
      ]),
    );
    expect(labels).to.deep.equal(named((hook) => parametersOf(hook).map(({ name }) => name)));
  });

  it("the catalogue has a sentence for every category, hook and parameter", () => {
    for (const { summary } of categories) expect(summary).to.match(/^[A-Z].*\.$/);
    for (const { hook } of hooks) {
      expect(hook.summary).to.match(/^[A-Z].*\.$/);
      expect(hook.answers.text).to.match(/^\S.*[^.]$/);
      expect(hook.strategy.summary).to.match(/^[A-Z].*\.$/);
      for (const { summary } of parametersOf(hook)) expect(summary).to.match(/^\S.*[^.]$/);
    }
  });

  it("the catalogue names Synapse's hook only where it doesn't follow from ours", () => {
    const renamed = hooks.filter(({ hook }) => hook.referenceName !== undefined);
    expect(Object.fromEntries(renamed.map(({ name, hook }) => [name, hook.referenceName]))).to.deep.equal({
      authChecker: "auth_checkers",
      addFieldToUnsigned: "add_field_to_unsigned_callback",
    });
  });

  it("the catalogue binds two presence hooks to each other, and the batch sizes to the controller", () => {
    const requiring = hooks.filter(({ hook }) => hook.requires !== undefined);
    expect(Object.fromEntries(requiring.map(({ name, hook }) => [name, hook.requires]))).to.deep.equal({
      getUsersForStates: ["getInterestedUsers"],
      getInterestedUsers: ["getUsersForStates"],
      defaultBatchSize: ["onUpdate"],
      minBatchSize: ["onUpdate"],
    });
  });

  it("case 506: gives the legacy hooks one owner, and the background updates one module", () => {
    expect(hooks.filter(({ hook }) => hook.singleOwner).map(({ name }) => name)).to.deep.equal([
      "onLegacySendMail",
      "onLegacyRenew",
      "onLegacyAdminRequest",
    ]);
    expect(categories.filter(({ firstModuleOnly }) => firstModuleOnly).map(({ name }) => name)).to.deep.equal([
      "BackgroundUpdates",
    ]);
  });
});
