import type { LoginType } from "../catalogue/auth-checkers.js";
import { count } from "./count.js";
import type { ExplainedWebPath } from "./explained-web-paths.js";
import type { Explanation } from "./explanation.js";
import { callbackLines, prettyHook } from "./pretty-explained-hooks.js";
import { prettyDisabled, prettyFailed, prettyModule, prettyProcess } from "./pretty-explained-modules.js";
import { table } from "./table.js";
import { type Paint, printable } from "./terminal.js";
import { wrap } from "./wrap.js";

/** An explanation for people. */
export function prettyExplanation(
  { modules, disabled, failed, processes, hooks, webPaths, loginTypes }: Explanation,
  paint: Paint,
  width?: number,
): string {
  const numbered = modules.map((module, index) => prettyModule(module, `${index + 1}.`.padStart(4), paint, width));
  const sections: [title: string, items: readonly string[]][] = [
    [`${count(modules.length, "module")}, in the order of the configuration`, numbered],
    [
      `${count(disabled.length, "module")} not loaded, by \`enabled: false\` or \`mode: disabled\``,
      disabled.map((module) => prettyDisabled(module, paint)),
    ],
    [
      `${count(failed.length, "module")} that can't be loaded, without which the others run`,
      failed.map((module) => prettyFailed(module, paint)),
    ],
    [
      `${processes.length === 1 ? "1 process" : `${processes.length} processes`} of modules, beside the homeserver's own`,
      processes.map((process) => prettyProcess(process, paint, width)),
    ],
    [`${count(hooks.length, "hook")} with callbacks`, hooks.map((hook) => prettyHook(hook, paint))],
    [count(webPaths.length, "web path"), webPaths.map((path) => prettyWebPath(path, paint, width))],
    [count(loginTypes.length, "login type"), loginTypes.map((loginType) => prettyLoginType(loginType, paint))],
  ];
  const text = sections
    .filter(([, items], index) => index === 0 || items.length > 0)
    .map(([title, items]) => `${paint(["bold", "underline"], title)}\n${items.join("")}`);
  return wrap(printable(text.join("\n")), width);
}

function prettyWebPath({ path, callbacks, refused }: ExplainedWebPath, paint: Paint, width?: number): string {
  return [
    `  ${paint("bold", path)}\n`,
    table(
      callbacks.map(({ module, name, methods }) => [`${module}: ${name}`, methods.join(", ")]),
      "    ",
      width,
    ),
    ...refused.map((module) => `    ${paint("yellow", "not served by")} ${module}, which comes later\n`),
  ].join("");
}

function prettyLoginType({ type, fields, callbacks }: LoginType, paint: Paint): string {
  const needs = fields.length > 0 ? `with the fields ${fields.join(", ")}` : "without fields";
  return `  ${paint("bold", type)} ${needs}\n${callbackLines(callbacks, paint)}`;
}
