import type { World } from "./world.js";

/** What is asked. */
export const KINDS = ["spam", "create", "allowed", "login", "config", "file", "slot", "page"] as const;
export type Kind = (typeof KINDS)[number];

/** How the first module's callback ends. */
export const ENDS = ["answers", "throws", "refuses", "never"] as const;
export type Ends = (typeof ENDS)[number];

/** What a simulated call is to do, at either side. */
export interface CallPlan {
  readonly n: number;
  readonly kind: Kind;
  readonly ends: Ends;
  /** How long the callback takes; it answers immediately where it's 0. */
  readonly delayMs: number;
  /** Whether the callback asks the homeserver something meanwhile. */
  readonly asksService: boolean;
  /** What the caller does with a function or a body of the answer. */
  readonly follows: "uses" | "drops" | "stops";
  /** How large what crosses is, in characters. */
  readonly size: number;
}

/** One that a callback of a module was called for. */
interface Entry {
  readonly module: string;
  /** The homeserver that the modules run for. */
  readonly serverName: string;
  /** Whether its process was killed. */
  readonly isDead: () => boolean;
  readonly signal: AbortSignal | undefined;
  readonly requestId: string | undefined;
}

/** A call of a simulation: what it is to do, and what happened. */
export class Call {
  readonly entered: Entry[] = [];
  /** When all that modules do for it was done. */
  answeredAt: number | undefined;
  /** How it ended for its caller. */
  end: string | undefined;
  /** Names what the homeserver's side was asked by which process. */
  readonly servedBy: string[] = [];
  /** How often a function that crossed was called. */
  used = 0;

  constructor(readonly plan: CallPlan) {}

  /** How this call is named in arguments: by it modules know the call. */
  get name(): string {
    return nameOf(this.plan.n);
  }

  get requestId(): string {
    return `R-${this.name}`;
  }

  /** What crosses, in some size. */
  get text(): string {
    return `[${this.name} ${"x".repeat(this.plan.size)}]`;
  }
}

export function nameOf(n: number): string {
  return `c${n}e`;
}

export function randomPlan(world: World, n: number, kinds: readonly Kind[] = KINDS): CallPlan {
  const kind = world.pick(kinds);
  return {
    n,
    kind,
    // A slot may make its caller wait for as long as it likes.
    ends: world.pick([
      "answers",
      "answers",
      "answers",
      "answers",
      "answers",
      "throws",
      "refuses",
      kind === "slot" ? "answers" : "never",
    ]),
    delayMs: world.pick([0, 0, 1 + world.below(50), world.below(1500)]),
    asksService: world.chance(0.4),
    follows: world.pick(["uses", "uses", "drops", "stops"]),
    size: world.pick([0, 10, 700, world.below(5000)]),
  };
}
