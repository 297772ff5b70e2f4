import { stringify } from "yaml";
import { isSecret } from "../../config/describe-found.js";
import { runningOf, type Host } from "../../container/host.js";
import { REDACTED } from "../../errors/redact.js";
import { redactText } from "../../errors/secrets.js";
import { formatPosition } from "../../errors/problem.js";
import { Page } from "./layout.js";
import { Block, Code, Facts, Text } from "./pieces.js";
import { writtenOperate } from "./written-operate.js";

/** What the modules that run were given, without secrets. */
export function ConfigurationPage({ host }: { host: Host }) {
  const { modules } = runningOf(host);
  const running = new Set(modules.map(({ info }) => info.id));
  const others = host.health().modules.filter(({ id }) => !running.has(id));
  return (
    <Page title="Configuration" here="/configuration">
      <p>What runs now, in the order of the configuration. Secrets aren't shown.</p>
      {modules.map(({ info, written, operate }) => (
        <section>
          <h2>
            <Text of={info.id} />
          </h2>
          <Facts
            of={[
              ["Class", <Code of={info.name} />],
              ["Module", info.specifier !== undefined && <Code of={info.specifier} />],
              ["Listed in", info.position && <Code of={formatPosition(info.position)} />],
            ]}
          />
          <Block
            name={`config of ${info.id}`}
            of={yamlOf({ config: written, ...(operate && { operate: writtenOperate(operate) }) })}
          />
        </section>
      ))}
      {others.length > 0 && (
        <>
          <h2>Not running</h2>
          <ul>
            {others.map(({ id, mode, state }) => (
              <li>
                <Text of={id} /> ({mode === "disabled" ? mode : state})
              </li>
            ))}
          </ul>
        </>
      )}
    </Page>
  );
}

function yamlOf(value: object): string {
  return stringify(withoutSecrets(value, [], []), { lineWidth: 100, aliasDuplicateObjects: false });
}

/** A value as it may be shown: plain data, without the values of keys that are secrets. */
function withoutSecrets(value: unknown, path: readonly (string | number)[], parents: readonly object[]): unknown {
  if (isSecret(path) && value !== null && value !== undefined && typeof value !== "boolean") return REDACTED;
  if (typeof value === "string") return redactText(value);
  if (typeof value !== "object" || value === null) return typeof value === "function" ? "(a function)" : value;
  if (parents.includes(value)) return "(contains itself)";
  const inside = [...parents, value];
  if (Array.isArray(value)) return value.map((item, index) => withoutSecrets(item, [...path, index], inside));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [redactText(key), withoutSecrets(member, [...path, key], inside)]),
  );
}
