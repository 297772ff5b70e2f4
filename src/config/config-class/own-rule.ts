import { ValidateBy } from "class-validator";
import type { JsonSchema } from "../json-schema.js";

/** A rule for the values of a key, with everything that follows from it. */
export interface OwnRule {
  readonly name: string;
  /** What it requires, after the name of the key: `must be a duration`. */
  readonly must: string;
  readonly accepts: (value: unknown) => boolean;
  /** What to write instead of a value that the rule doesn't accept; undefined where that can't be known. */
  readonly remedyFor?: (value: unknown) => string | undefined;
  /** For a rule about a list: what it requires of each item. */
  readonly items?: ItemRule;
  /** For editors. */
  readonly schema: JsonSchema;
}

/** What a rule about a list requires of each item. */
export interface ItemRule extends Pick<OwnRule, "must" | "accepts" | "remedyFor"> {
  readonly schema?: JsonSchema;
}

/** What class-validator keeps of a rule, for its messages and for the schema. */
export type RuleContext = Partial<Pick<OwnRule, "remedyFor" | "items" | "schema">>;

/** Puts a rule on a property of a config class. */
export function own({ name, must, accepts, remedyFor, items, schema }: OwnRule): PropertyDecorator {
  const context: RuleContext = { schema, ...(remedyFor && { remedyFor }), ...(items && { items }) };
  return ValidateBy({ name, validator: { validate: accepts, defaultMessage: () => must } }, { context });
}
