import type { UserId } from "../../matrix/identifiers.js";
import { PushRules, type PushRuleAction, type PushRuleKind } from "../../services/push-rules.js";
import type { Server } from "../../services/server.js";
import type { Storage } from "../storage.js";

/** The default rules that a user can change. Their conditions play no role here. */
const DEFAULT_RULES: Readonly<Record<string, PushRuleKind>> = {
  ".m.rule.master": "override",
  ".m.rule.suppress_notices": "override",
  ".m.rule.invite_for_me": "override",
  ".m.rule.member_event": "override",
  ".m.rule.is_user_mention": "override",
  ".m.rule.is_room_mention": "override",
  ".m.rule.tombstone": "override",
  ".m.rule.reaction": "override",
  ".m.rule.call": "underride",
  ".m.rule.room_one_to_one": "underride",
  ".m.rule.encrypted_room_one_to_one": "underride",
  ".m.rule.message": "underride",
  ".m.rule.encrypted": "underride",
};

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
    const isKnown = DEFAULT_RULES[ruleId] === kind || (await pushRules.get({ userId, kind, ruleId })) !== undefined;
    if (isKnown) await pushRules.put({ userId, kind, ruleId, actions: [...actions] });
    return isKnown;
  }
}
