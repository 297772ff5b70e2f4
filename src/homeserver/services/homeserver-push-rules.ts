import type { UserId } from "../../matrix/identifiers.js";
import { PushRules, type PushRuleAction, type PushRuleKind } from "../../services/push-rules.js";
import type { Server } from "../../services/server.js";
import { DEFAULT_PUSH_RULES } from "../pipelines/default-push-rules.js";
import type { Storage } from "../storage.js";

/** {@link PushRules} of the homeserver. */
export class HomeserverPushRules extends PushRules {
  constructor(
    private readonly parts: {
      readonly storage: Pick<Storage, "pushRules">;
      readonly server: Server;
    },
  ) {
    super();
  }

  protected get server(): Server {
    return this.parts.server;
  }

  protected async storeActions(
    userId: UserId,
    kind: PushRuleKind,
    ruleId: string,
    actions: readonly PushRuleAction[],
  ): Promise<boolean> {
    const { pushRules } = this.parts.storage;
    const isDefault = DEFAULT_PUSH_RULES.some((rule) => rule.ruleId === ruleId && rule.kind === kind);
    const isKnown = isDefault || (await pushRules.get({ userId, kind, ruleId })) !== undefined;
    if (isKnown) await pushRules.put({ userId, kind, ruleId, actions: [...actions] });
    return isKnown;
  }
}
