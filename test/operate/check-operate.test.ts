import { expect } from "chai";
import { inject, type Newable } from "inversify";
import { readConfigurationText } from "#src/config/read-configuration.js";
import { checkModules } from "#src/container/check-modules.js";
import { formatProblem } from "#src/errors/problem.js";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { Category } from "#src/hooks/category.js";
import { decoratorsOf } from "#src/hooks/decorators.js";
import { Module } from "#src/modules/module.js";
import { surveyModules } from "#src/survey-modules.js";
import { Database } from "#src/services/database.js";
import { HttpClient } from "#src/services/http-client.js";
import { Rooms } from "#src/services/rooms.js";
import { givenTo } from "../catalogue/sampled-hooks.js";

/** A module with callbacks on hooks, by `category.hook`, which injects services. */
function moduleOn(hooks: readonly string[], services: readonly (abstract new (...args: never[]) => object)[] = []) {
  class Filter {}
  for (const service of services) inject(service)(Filter.prototype, service.name);
  for (const each of hooks) {
    const [property, hook] = each.split(".") as [keyof typeof CATALOGUE, string];
    Object.defineProperty(Filter.prototype, hook, { value: () => undefined });
    const decorators = decoratorsOf(CATALOGUE[property] as Category) as Record<
      string,
      (...args: unknown[]) => Function
    >;
    decorators[hook]!(...givenTo(property, hook))(Filter.prototype, hook);
  }
  Module()(Filter);
  return Filter;
}

/** What is said at start-up in a homeserver's own process of a module with these lines below its `operate:`. */
function said(moduleClass: Newable<object>, ...lines: readonly string[]): Promise<string[]> {
  return saidWhere(false, moduleClass, ...lines);
}

/** @param tellsCallsApart as in `checkModules` */
async function saidWhere(
  tellsCallsApart: boolean | undefined,
  moduleClass: Newable<object>,
  ...lines: readonly string[]
): Promise<string[]> {
  const text = [
    "modules:",
    "  - module: ./filter.js#Filter",
    "    operate:",
    ...lines.map((line) => `      ${line}`),
  ].join("\n");
  const { value, problems } = await readConfigurationText(text, "homeserver.yaml");
  expect(problems.map(formatProblem)).to.deep.equal([]);
  const [{ operate, locate }] = value as [NonNullable<typeof value>[0]];
  const info = { id: "filter", name: "Filter" };
  return checkModules(
    [{ info, class: moduleClass, config: {}, written: {}, ...(operate && { operate }), locate, path: "modules[0]" }],
    tellsCallsApart,
  ).flatMap((problem) => formatProblem(problem).split("\n"));
}

const SPAM = "spamChecker.checkEventForSpam";
const INVITE = "spamChecker.userMayInvite";
const NEW_EVENT = "thirdPartyRules.onNewEvent";
const EXPIRED = "accountValidity.isUserExpired";
const LEGACY = ["onLegacySendMail", "onLegacyRenew", "onLegacyAdminRequest"].map((hook) => `accountValidity.${hook}`);
const PRESENCE = ["presenceRouter.getUsersForStates", "presenceRouter.getInterestedUsers"];
const UPDATES = ["backgroundUpdates.onUpdate", "backgroundUpdates.defaultBatchSize"];

/** What stands below `operate:` of a module, and everything that is said of it. */
const WISHES: readonly (readonly [
  what: string,
  moduleClass: Newable<object>,
  written: readonly string[],
  said: readonly string[],
])[] = [
  [
    "nothing that can't be",
    moduleOn([SPAM, NEW_EVENT]),
    ["on_failure: deny", "timeout: 1s", "only: { type: a }", "share: 10%", "circuit_breaker: {}"],
    [],
  ],
  [
    "a hook that the module doesn't have",
    moduleOn([SPAM]),
    ["hooks: { user_may_invite: { timeout: 1s } }"],
    [
      "homeserver.yaml:4:16 modules[0].operate.hooks.user_may_invite: module filter has no callback on userMayInvite, so what is written for it has no effect [LIGAND_CONFIG_UNUSED]",
      "  Remove it, or write it for a hook that the module has; `ligand explain` lists them.",
    ],
  ],
  [
    "deny for a module none of whose hooks has a denial",
    moduleOn([NEW_EVENT, "accountValidity.onUserLogin"]),
    ["on_failure: deny"],
    [
      "homeserver.yaml:4:7 modules[0].operate.on_failure: `on_failure: deny` can't hold for any hook of module filter: ThirdPartyRules.onNewEvent, for one: it has no denial [LIGAND_OPERATE_IMPOSSIBLE]",
      "  Write another policy, or leave it out.",
    ],
  ],
  [
    "deny for a module of which only a hook that has to be named has a denial",
    moduleOn([EXPIRED]),
    ["on_failure: deny"],
    [
      "homeserver.yaml:4:7 modules[0].operate.on_failure: `on_failure: deny` can't hold for any hook of module filter: it's denied only where it's named below `hooks:`, because that does harm: every request and every push of every user fails: 403 `ORG_MATRIX_EXPIRED_ACCOUNT` [LIGAND_OPERATE_IMPOSSIBLE]",
      "  Write another policy, or leave it out.",
    ],
  ],
  [
    "deny for a module whose one hook that has a denial says something else",
    moduleOn([SPAM, NEW_EVENT]),
    ["on_failure: deny", "hooks: { checkEventForSpam: { on_failure: allow } }"],
    [
      "homeserver.yaml:4:7 modules[0].operate.on_failure: `on_failure: deny` has no effect for module filter: ThirdPartyRules.onNewEvent can't have it, and `hooks:` says something else for the rest [LIGAND_CONFIG_UNUSED]",
      "  Remove it, or remove `on_failure` below `hooks:`.",
    ],
  ],
  [
    "deny for a hook that has to be named, and is",
    moduleOn([EXPIRED]),
    ["hooks: { isUserExpired: { on_failure: deny } }"],
    [],
  ],
  [
    "a circuit breaker without allow or deny",
    moduleOn([SPAM, NEW_EVENT, EXPIRED]),
    ["on_failure: deny", "circuit_breaker: {}"],
    [
      "homeserver.yaml:5:7 modules[0].operate.circuit_breaker: `circuit_breaker` of module filter needs `on_failure: allow` or `deny` on AccountValidity.isUserExpired: there, each call that it leaves out would fail the request [LIGAND_OPERATE_IMPOSSIBLE]",
      "  Write `on_failure` for these hooks, or `circuit_breaker` below `hooks:`, for others.",
    ],
  ],
  [
    "a circuit breaker with error, or with allow for one origin alone",
    moduleOn([SPAM, INVITE]),
    [
      "hooks:",
      "  checkEventForSpam: { on_failure: error, circuit_breaker: {} }",
      "  userMayInvite: { on_failure: { local: allow }, circuit_breaker: {} }",
    ],
    [
      "homeserver.yaml:5:49 modules[0].operate.hooks.checkEventForSpam.circuit_breaker: `circuit_breaker` of module filter needs `on_failure: allow` or `deny` on SpamChecker.checkEventForSpam: there, each call that it leaves out would fail the request [LIGAND_OPERATE_IMPOSSIBLE]",
      "  Write `on_failure` beside it.",
      "homeserver.yaml:6:56 modules[0].operate.hooks.userMayInvite.circuit_breaker: `circuit_breaker` of module filter needs `on_failure: allow` or `deny` on SpamChecker.userMayInvite: there, each call that it leaves out would fail the request [LIGAND_OPERATE_IMPOSSIBLE]",
      "  Write `on_failure` beside it.",
    ],
  ],
  [
    "a share of hooks that are about neither a room nor a user",
    moduleOn([SPAM, "spamChecker.checkRegistrationForSpam", ...UPDATES]),
    ["share: 10%"],
    [
      "homeserver.yaml:4:7 modules[0].operate.share: `share` can't hold for SpamChecker.checkRegistrationForSpam, BackgroundUpdates.onUpdate and BackgroundUpdates.defaultBatchSize of module filter: they're about neither a room nor a user [LIGAND_OPERATE_IMPOSSIBLE]",
      "  Write `share` below `hooks:`, for hooks that are about a room or a user.",
    ],
  ],
  [
    "matchers of what hooks aren't about",
    moduleOn([SPAM, INVITE, "passwordAuth.authChecker"]),
    [
      "only: { type: m.room.message, sender: '@*:a' }",
      "hooks: { userMayInvite: { only: { room: '!a:b' }, except: { type: a } } }",
    ],
    [
      "homeserver.yaml:4:7 modules[0].operate.only: `only.type` can't hold for PasswordAuth.authChecker of module filter: it's not about an event [LIGAND_OPERATE_IMPOSSIBLE]",
      "  Write `only` below `hooks:`, for hooks that are.",
      "homeserver.yaml:4:7 modules[0].operate.only: `only.sender` can't hold for PasswordAuth.authChecker of module filter: it's not about one user [LIGAND_OPERATE_IMPOSSIBLE]",
      "  Write `only` below `hooks:`, for hooks that are.",
      "homeserver.yaml:5:57 modules[0].operate.hooks.userMayInvite.except: `except.type` can't hold for SpamChecker.userMayInvite of module filter: it's not about an event [LIGAND_OPERATE_IMPOSSIBLE]",
      "  Leave `type` out.",
    ],
  ],
  [
    "different matchers and modes for hooks that require each other",
    moduleOn(PRESENCE),
    ["hooks: { getUsersForStates: { mode: shadow, only: { origin: local } } }"],
    [
      "homeserver.yaml:4:37 modules[0].operate.hooks.getUsersForStates.mode: `mode` and `only` of module filter must be the same for PresenceRouter.getInterestedUsers and PresenceRouter.getUsersForStates: they need each other [LIGAND_OPERATE_IMPOSSIBLE]",
      "  Write the same for both, or write it for the module.",
    ],
  ],
  [
    "one matcher for hooks that require each other",
    moduleOn(PRESENCE),
    ["only: { origin: local }", "hooks: { getUsersForStates: { timeout: 1s } }"],
    [],
  ],
  [
    "one mode of the background updates and not of the others",
    moduleOn(UPDATES),
    ["hooks: { default_batch_size: { mode: disabled } }"],
    [
      "homeserver.yaml:4:38 modules[0].operate.hooks.default_batch_size.mode: `mode` of module filter must be the same for BackgroundUpdates.defaultBatchSize and BackgroundUpdates.onUpdate: they need each other [LIGAND_OPERATE_IMPOSSIBLE]",
      "  Write the same for both, or write it for the module.",
    ],
  ],
  [
    "a timeout of a hook that answers synchronously",
    moduleOn(UPDATES),
    ["hooks: { onUpdate: { timeout: 1s } }"],
    [
      "homeserver.yaml:4:28 modules[0].operate.hooks.onUpdate.timeout: `timeout` can't hold for BackgroundUpdates.onUpdate of module filter: it answers synchronously, and nothing can interrupt it in the homeserver's own process [LIGAND_OPERATE_IMPOSSIBLE]",
      "  Leave it out, or give the module a `process`.",
    ],
  ],
  ["a timeout of a module that answers synchronously somewhere else", moduleOn(UPDATES), ["timeout: 1s"], []],
  [
    "a hook in shadow that one module alone answers",
    moduleOn([...UPDATES, LEGACY[0]!]),
    ["hooks: { onLegacySendMail: { mode: shadow } }"],
    [
      "homeserver.yaml:4:36 modules[0].operate.hooks.onLegacySendMail.mode: AccountValidity.onLegacySendMail of module filter can't be in shadow: one module alone answers it, so there is nothing to compare it with [LIGAND_OPERATE_IMPOSSIBLE]",
      "  Write `mode: enforce` or `mode: disabled`.",
    ],
  ],
  [
    "a module in shadow, some of whose hooks aren't called",
    moduleOn([
      SPAM,
      LEGACY[1]!,
      "passwordAuth.onLoggedOut",
      "passwordAuth.check3pidAuth",
      "thirdPartyRules.checkEventAllowed",
    ]),
    ["mode: shadow", "on_failure: allow"],
    [
      "homeserver.yaml:5:7 modules[0].operate.on_failure: `on_failure` has no effect while module filter is in shadow: a module in shadow stands in for nothing [LIGAND_CONFIG_UNUSED]",
      "  Leave it for when the module is enforced, or remove it.",
      "homeserver.yaml:4:7 modules[0].operate.mode: in shadow, module filter isn't called for AccountValidity.onLegacyRenew: one module alone answers it [LIGAND_SHADOW_LIMITED]",
      "  Nothing is to be done. Beside Synapse, `mode: enforce` takes effect for these hooks when Synapse restarts.",
      "homeserver.yaml:4:7 modules[0].operate.mode: in shadow, module filter isn't called for PasswordAuth.check3pidAuth and PasswordAuth.onLoggedOut, which carry secrets [LIGAND_SHADOW_LIMITED]",
      "  To try them as well, write `mode: shadow` for each below `hooks:`. What the module does with a password by itself, such as to log in elsewhere, it does.",
      `homeserver.yaml:4:7 modules[0].operate.mode: module filter in shadow costs Synapse something on ThirdPartyRules.checkEventAllowed: ${CATALOGUE.thirdPartyRules.hooks.checkEventAllowed.atSynapse!.what} [LIGAND_SHADOW_LIMITED]`,
      "  Nothing is to be done.",
    ],
  ],
  [
    "a module partly in shadow that injects a service that acts",
    moduleOn([SPAM, INVITE], [Rooms, HttpClient, Database]),
    ["share: 10%", "rest: shadow", "hooks: { userMayInvite: { mode: shadow } }"],
    [
      "homeserver.yaml:6:33 modules[0].operate.hooks.userMayInvite.mode: module filter can't be partly in shadow in the homeserver's own process: it injects Rooms and HttpClient, which there can't act for some of its calls and not for others [LIGAND_OPERATE_IMPOSSIBLE]",
      "  Give the module a `process`, write `mode: shadow` for the whole module, or let the service act by `shadow: { services: [Rooms, HttpClient] }`.",
      "homeserver.yaml:5:7 modules[0].operate.rest: module filter can't be partly in shadow in the homeserver's own process: it injects Rooms and HttpClient, which there can't act for some of its calls and not for others [LIGAND_OPERATE_IMPOSSIBLE]",
      "  Give the module a `process`, write `mode: shadow` for the whole module, or let the service act by `shadow: { services: [Rooms, HttpClient] }`.",
    ],
  ],
  [
    "a module partly in shadow that injects a service that acts, and has a process",
    moduleOn([SPAM], [Rooms]),
    ["process: own", "share: 10%", "rest: shadow"],
    [],
  ],
  [
    "a module partly in shadow whose services stay real",
    moduleOn([SPAM], [HttpClient]),
    ["share: 10%", "rest: shadow", "shadow: { services: [HttpClient] }"],
    [],
  ],
  [
    "a module in shadow as a whole that injects services",
    moduleOn([SPAM, INVITE], [Rooms]),
    ["mode: shadow", "share: 10%", "rest: shadow"],
    [],
  ],
  [
    "services that needn't be named",
    moduleOn([SPAM], [Database]),
    ["shadow: { services: [Database, Rooms] }"],
    [
      "homeserver.yaml:4:28 modules[0].operate.shadow.services[0]: module filter has a Database of its own, which is always real, so `shadow.services` needn't name it [LIGAND_CONFIG_UNUSED]",
      "  Remove it.",
      "homeserver.yaml:4:38 modules[0].operate.shadow.services[1]: module filter doesn't inject Rooms, so `shadow.services` needn't name it [LIGAND_CONFIG_UNUSED]",
      "  Remove it.",
    ],
  ],
];

describe("wishes that can't be", () => {
  it("a module partly in shadow that injects a service that acts is accepted where the calls are known, and warned of where it isn't known", async () => {
    const asked = [moduleOn([SPAM], [Rooms]), "share: 10%", "rest: shadow"] as const;
    expect(await saidWhere(true, ...asked)).to.deep.equal([]);
    expect(await saidWhere(undefined, ...asked)).to.deep.equal([
      "homeserver.yaml:5:7 modules[0].operate.rest: module filter can be partly in shadow beside Synapse only, and not in the homeserver's own process: it injects Rooms, which there can't act for some of its calls and not for others [LIGAND_SHADOW_LIMITED]",
      "  Unless `ligand serve` runs the module, give it a `process`, write `mode: shadow` for the whole module, or let the service act by `shadow: { services: [Rooms] }`.",
    ]);
  });

  for (const [what, moduleClass, written, expected] of WISHES) {
    it(`start-up ${expected.length > 0 ? "names" : "accepts"} ${what}`, async () => {
      expect(await said(moduleClass, ...written)).to.deep.equal(expected);
    });
  }

  for (const [property, category] of Object.entries(CATALOGUE)) {
    for (const [name, hook] of Object.entries(category.hooks)) {
      const chain = `${category.name}.${name}`;
      const isSkipped = hook.failure.outcome(new Error(), "").kind === "skip";
      const cant = {
        allow: hook.replacesHomeserver && "it replaces what the homeserver does, so nothing is left to allow",
        deny: hook.refusal === null && "it has no denial",
        error:
          isSkipped &&
          (hook.answers.kind === "nothing"
            ? "it's only notified, and homeservers rely on it not to throw"
            : "homeservers take an error of it for no opinion"),
      };
      for (const [wish, reason] of Object.entries(cant)) {
        it(`start-up ${reason ? "refuses" : "accepts"} \`on_failure: ${wish}\` for ${chain}`, async () => {
          const hooks = [
            `${property}.${name}`,
            ...((hook.requires ?? []) as readonly string[]).map((other) => `${property}.${other}`),
          ];
          expect(await said(moduleOn(hooks), `hooks: { ${name}: { on_failure: ${wish} } }`)).to.deep.equal(
            reason
              ? [
                  `homeserver.yaml:4:${20 + name.length} modules[0].operate.hooks.${name}.on_failure: \`on_failure: ${wish}\` can't hold for ${chain} of module filter: ${reason} [LIGAND_OPERATE_IMPOSSIBLE]`,
                  `  Write another policy, or leave it out; the hook's own is: ${hook.failure.name}.`,
                ]
              : [],
          );
        });
      }
    }
  }

  it("`rest: shadow` without a share has no effect, unless a hook of the module has one", async () => {
    expect(await said(moduleOn([SPAM, INVITE]), "rest: shadow")).to.deep.equal([
      "homeserver.yaml:4:7 modules[0].operate.rest: `rest: shadow` has no effect for module filter: without a `share`, nothing is left over [LIGAND_CONFIG_UNUSED]",
      "  Write `share` beside it, such as `share: 10%`, or write `mode: shadow` instead.",
    ]);
    const named = ["rest: shadow", "hooks: { userMayInvite: { share: 10% } }"];
    expect(await said(moduleOn([SPAM, INVITE]), ...named)).to.deep.equal([]);
    expect(await said(moduleOn([SPAM]), "rest: shadow", "share: 100%")).to.deep.equal([]);
  });

  it("what can't be for modules that a program passes is named by its path in their entries", async () => {
    const modules = [
      { module: moduleOn([INVITE]), operate: { hooks: { userMayJoinRoom: { share: "10%" } } } },
      { module: moduleOn(UPDATES), operate: { hooks: { onUpdate: { timeout: "1s" } } } },
      { module: moduleOn([SPAM, EXPIRED]), operate: { share: "10%", shadow: { services: ["Rooms"] } } },
    ] as const;
    const { problems } = await surveyModules({ modules });
    expect(problems.map(({ code, path }) => [code, path])).to.deep.equal([
      ["LIGAND_CONFIG_UNUSED", "modules[0].operate.hooks.userMayJoinRoom"],
      ["LIGAND_OPERATE_IMPOSSIBLE", "modules[1].operate.hooks.onUpdate.timeout"],
      ["LIGAND_CONFIG_UNUSED", "modules[2].operate.shadow.services[0]"],
    ]);
  });
});
