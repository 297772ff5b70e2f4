import { Writable } from "node:stream";
import { CATALOGUE } from "#src/catalogue/index.js";
import { CancelledError, isCancellation } from "#src/errors/cancelled-error.js";
import { LigandError } from "#src/errors/ligand-error.js";
import { ModuleFailedError } from "#src/errors/module-failed-error.js";
import { StartError } from "#src/errors/start-error.js";
import type { Category } from "#src/hooks/category.js";
import { decoratorsOf } from "#src/hooks/decorators.js";
import type { AnyHook } from "#src/hooks/hook.js";
import { Module, startModules, type Host } from "#src/index.js";
import { createLogger } from "#src/logging/create-logger.js";
import type { Code } from "#src/matrix/codes.js";
import { MatrixError, RedirectError } from "#src/matrix/matrix-error.js";
import { tagOf, type Call, type CallbackSpec, type ErrorOutcome, type Outcome, type Run, type Wire } from "./run.js";
import { decode, encode, madeSlot, sorted } from "./values.js";

type Method = (...args: unknown[]) => unknown;
/** What of a callback is fixed when its module is started. */
type Shape = Pick<CallbackSpec, "hook" | "options">;

/** The categories by the names of their decorators. */
export const CATEGORIES: ReadonlyMap<string, Category> = new Map(
  Object.values<Category>(CATALOGUE).map((category) => [category.name, category]),
);

/** A declared hook. */
export function hookOf(category: string, hook: string): AnyHook {
  return CATEGORIES.get(category)!.hooks[hook] as AnyHook;
}

/** One run under way. */
class Progress {
  readonly called: Call[] = [];
  readonly thrown: unknown[] = [];
  readonly request = new AbortController();
  loads = 0;

  constructor(
    readonly run: Run,
    private readonly given: readonly unknown[],
  ) {}

  call(module: number, spec: CallbackSpec, args: readonly unknown[]): unknown {
    const number = this.called.length;
    const { hook, identifies: position } = spec;
    const copied = position !== undefined && { copied: args[position] !== this.given[position] };
    this.called.push({ module, hook, args: args.map(encode), ...copied });
    if (spec.mutates !== undefined) mutate(args[spec.mutates]);
    return spec.later ? this.#later(number, spec) : this.#settle(spec);
  }

  async #later(number: number, spec: CallbackSpec): Promise<unknown> {
    await Promise.resolve();
    if (number === this.run.cancelAt) {
      this.request.abort();
      this.request.abort();
    }
    return this.#settle(spec);
  }

  #settle({ gives }: CallbackSpec): unknown {
    if (tagOf(gives) !== "throw") return decode(gives);
    const thrown = gives as { readonly [key: string]: Wire };
    const error = errorOf(thrown);
    // Synapse cancels what a callback waits for only with its request.
    if (thrown["kind"] === "cancelled") this.request.abort();
    this.thrown.push(error);
    throw error;
  }
}

/** Runs callbacks of modules in Ligand. Hosts are kept: modules of the same shape differ only in what they answer. */
export class LigandHosts {
  readonly #hosts = new Map<string, Host | undefined>();
  #progress!: Progress;

  async outcomeOf(run: Run): Promise<Outcome> {
    const host = await this.#hostOf(run);
    if (!host) return { refused: true };
    const args = run.args.map(decode);
    const progress = (this.#progress = new Progress(run, args));
    const ended = await this.#ask(host, run, args, progress);
    const { called, loads } = progress;
    return sorted({ ...ended, called, loads, args: args.map(encode) } as unknown as Wire) as Outcome;
  }

  async stop(): Promise<void> {
    for (const host of this.#hosts.values()) await host?.stop();
  }

  async #ask(host: Host, run: Run, args: readonly unknown[], progress: Progress): Promise<Outcome> {
    try {
      return { result: encode(await madeSlot(await ask(host, run, args, progress))) };
    } catch (error) {
      return { error: describe(error, progress.thrown.indexOf(error)) };
    }
  }

  async #hostOf({ category, modules }: Run): Promise<Host | undefined> {
    const shapes = modules.map((module) =>
      module.map(({ hook, options }): Shape => ({ hook, ...(options && { options }) })),
    );
    const key = JSON.stringify([category, shapes]);
    if (!this.#hosts.has(key)) this.#hosts.set(key, await this.#start(category, shapes));
    return this.#hosts.get(key);
  }

  /** Undefined when the modules cannot be started together. */
  async #start(category: string, shapes: readonly (readonly Shape[])[]): Promise<Host | undefined> {
    try {
      const modules = shapes.map((shape, index) => ({ module: this.#moduleOf(category, index, shape) }));
      return await startModules({ modules, logger: createLogger({ level: "error", stream: nowhere() }) });
    } catch (error) {
      // A decorator refuses what makes no sense by itself, start-up what does not go together.
      if (error instanceof StartError || (error instanceof LigandError && error.code === "LIGAND_ARGUMENT_INVALID"))
        return undefined;
      throw error;
    }
  }

  #moduleOf(name: string, index: number, shape: readonly Shape[]): new () => object {
    const moduleClass = { [`Module${index}`]: class {} }[`Module${index}`] as new () => object;
    const prototype = moduleClass.prototype as object;
    const decorators = decoratorsOf(CATEGORIES.get(name)!) as Record<string, (...args: unknown[]) => Method>;
    for (const [position, { hook, options }] of shape.entries()) {
      const method = `callback${position}`;
      const parameters = hookOf(name, hook).parameters.length as number;
      const callback = (...args: unknown[]) => {
        const spec = this.#progress.run.modules[index]![position]!;
        return this.#progress.call(index, spec, args.slice(0, parameters));
      };
      Object.defineProperty(prototype, method, { value: callback });
      decorators[hook]!(...(options ?? []))(prototype, method);
    }
    Module()(moduleClass);
    return moduleClass;
  }
}

function ask(host: Host, { category, hook }: Run, args: readonly unknown[], progress: Progress): unknown {
  const property = category[0]!.toLowerCase() + category.slice(1);
  const methods = (host.hooks as unknown as Record<string, Record<string, Method>>)[property]!;
  if (hook === "loginTypes") {
    return Object.fromEntries(host.hooks.passwordAuth.loginTypes.map(({ type, fields }) => [type, fields]));
  }
  const { parameters } = hookOf(category, hook);
  const given = args.map((arg, index) => (parameters[index]!.kind === "state" ? () => (progress.loads++, arg) : arg));
  return methods[hook === "authChecker" ? "checkAuth" : hook]!(...given, { signal: progress.request.signal });
}

function errorOf({ kind, status, message, errcode, fields }: { readonly [key: string]: Wire }): Error {
  switch (kind) {
    case "matrix":
      return new MatrixError(status as number, message as string, errcode as Code, {
        fields: fields as Readonly<Record<string, unknown>>,
      });
    case "cancelled":
      return new CancelledError();
    case "redirect":
      return new RedirectError("https://example.org/");
    default:
      return new TypeError(message as string);
  }
}

function describe(error: unknown, index: number): ErrorOutcome {
  const own = index < 0 ? null : index;
  if (error instanceof MatrixError) {
    const { error: text, ...body } = error.body();
    return { kind: "matrix", own, status: error.status, body: encode(own === null ? body : { ...body, error: text }) };
  }
  if (isCancellation(error)) return { kind: "cancelled", own };
  return { kind: error instanceof ModuleFailedError ? "moduleFailed" : "ordinary", own };
}

function mutate(value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  Object.values(value).forEach(mutate);
  (value as Record<string, unknown>)["mutated"] = true;
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
