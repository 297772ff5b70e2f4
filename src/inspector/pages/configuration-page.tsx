import { stringify } from "yaml";
import { isSecret } from "../../config/describe-found.js";
import type { OperateSettings } from "../../config/operate/operate-settings.js";
import { runningOf, type Host } from "../../container/host.js";
import { REDACTED } from "../../errors/redact.js";
import { redactText } from "../../errors/secrets.js";
import { formatPosition } from "../../errors/problem.js";
import { Page } from "./layout.js";
import { Block, Code, Text } from "./pieces.js";

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
          <dl class="facts">
            <div>
              <dt>Class</dt>
              <dd>
                <Code of={info.name} />
              </dd>
            </div>
            {info.specifier !== undefined && (
              <div>
                <dt>Module</dt>
                <dd>
                  <Code of={info.specifier} />
                </dd>
              </div>
            )}
            {info.position && (
              <div>
                <dt>Listed in</dt>
                <dd>
                  <Code of={formatPosition(info.position)} />
                </dd>
              </div>
            )}
          </dl>
          <Block
            name={`config of ${info.id}`}
            of={yamlOf({ config: written, ...(operate && { operate: plain(operate) }) })}
          />
        </section>
      ))}
      {others.length > 0 && (
        <>
          <h2>Not running</h2>
          <ul>
            {others.map(({ id, mode, state }) => (
              <li>
                <Text of={id} /> ({mode}, {state})
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

/** What an administrator decided, without where it's written. */
function plain({ written: _, hooks, ...settings }: OperateSettings): object {
  const ofHooks = Array.from(hooks, ([hook, { written: _written, ...own }]) => [hook, own] as const);
  return { ...settings, ...(ofHooks.length > 0 && { hooks: Object.fromEntries(ofHooks) }) };
}
