import { brand } from "../errors/brand.js";
import { shownArgument } from "../errors/describe.js";
import { LigandError } from "../errors/ligand-error.js";
import type { UserId } from "../matrix/identifiers.js";
import { isPlainObject, type JsonValue } from "../matrix/json.js";
import { assertJson } from "./assert-json.js";
import type { Server } from "./server.js";
import type { ServiceDeclaration } from "./service-declaration.js";

/** What a push rule does. (Matrix specification, "Push rules", "Actions".) @public */
export type PushRuleAction =
  "notify" | "dont_notify" | "coalesce" | { readonly set_tweak: string; readonly value?: JsonValue };

/** The kind of a push rule. @public */
export type PushRuleKind = "override" | "underride" | "sender" | "room" | "content";

/** The actions of a push rule are unusable. (`InvalidRuleException` in Synapse.) @public */
export class InvalidPushRuleError extends LigandError {
  static {
    brand(this, "InvalidPushRuleError");
  }

  constructor(message: string) {
    super("LIGAND_ARGUMENT_INVALID", message);
  }
}

/** A push rule doesn't exist. (`RuleNotFoundException` in Synapse.) @public */
export class PushRuleNotFoundError extends LigandError {
  static {
    brand(this, "PushRuleNotFoundError");
  }

  constructor(message: string) {
    super("LIGAND_ARGUMENT_INVALID", message);
  }
}

const PLAIN_ACTIONS: readonly unknown[] = ["notify", "dont_notify", "coalesce"];

/** Changes users' push rules. @public */
export abstract class PushRules {
  static readonly declaration: ServiceDeclaration<PushRules> = {
    runsIn: "homeserver",
    methods: {
      checkPushRuleActions: { does: "reads", returns: "nothing", runsIn: "module" },
      setPushRuleAction: { does: "acts", takes: ["personal", "public", "public"], returns: "nothing" },
    },
  };

  protected abstract readonly server: Server;

  /**
   * Checks that a value is a list of push rule actions. (`check_push_rule_actions`, 1.58.)
   *
   * @throws {InvalidPushRuleError} when it isn't.
   */
  checkPushRuleActions(actions: unknown): asserts actions is PushRuleAction[] {
    if (!Array.isArray(actions)) throw new InvalidPushRuleError("the actions of a push rule must be a list");
    for (const action of actions as unknown[]) {
      if (PLAIN_ACTIONS.includes(action) || (isPlainObject(action) && "set_tweak" in action)) continue;
      throw new InvalidPushRuleError(
        `${shownArgument(action)} isn't a push rule action; expected "notify", "dont_notify", "coalesce", ` +
          'or an object with "set_tweak"',
      );
    }
  }

  /**
   * Replaces the actions of an existing rule. The ids of the server's default rules start with a dot.
   * (`set_push_rule_action`, 1.58.)
   *
   * @throws {LigandError} `LIGAND_NOT_SUPPORTED` in any process but the main one; `LIGAND_ARGUMENT_INVALID` for
   *   a scope other than `global`.
   * @throws {InvalidPushRuleError} for unusable actions.
   * @throws {PushRuleNotFoundError} for an unknown rule.
   */
  async setPushRuleAction(
    userId: UserId,
    scope: "global",
    kind: PushRuleKind,
    ruleId: string,
    actions: readonly PushRuleAction[],
  ): Promise<void> {
    if (this.server.workerApp !== null) {
      throw new LigandError("LIGAND_NOT_SUPPORTED", "push rules can only be changed in the main process");
    }
    if (scope !== "global") {
      throw new LigandError(
        "LIGAND_ARGUMENT_INVALID",
        `the scope of push rules must be "global", but it's ${shownArgument(scope)}`,
      );
    }
    this.checkPushRuleActions(actions);
    assertJson(actions, "the actions of the push rule");
    if (!(await this.storeActions(userId, kind, ruleId, actions))) {
      throw new PushRuleNotFoundError(`user ${userId} has no push rule ${ruleId} of kind ${kind}`);
    }
  }

  /** Stores actions that have been checked, and wakes the user's clients. False if there is no such rule. */
  protected abstract storeActions(
    userId: UserId,
    kind: PushRuleKind,
    ruleId: string,
    actions: readonly PushRuleAction[],
  ): Promise<boolean>;
}
