import { expect } from "chai";
import { Container } from "inversify";
import { noteCarriedReads } from "#src/decisions/carried-reads.js";
import type { ReadRecord } from "#src/decisions/decision-record.js";
import type { ReadNote } from "#src/decisions/read-note.js";
import { asking } from "#src/decisions/reading-calls.js";
import { recordedServices } from "#src/decisions/recorded-services.js";
import { RoomLeft } from "#src/decisions/room-left.js";
import { ValueWriter } from "#src/decisions/value-writer.js";
import type { Withholding } from "#src/decisions/withheld.js";
import { HttpClient, LigandError, MatrixError, Users, type UserId } from "#src/index.js";
import type { CallbackRun } from "#src/remote/module-side/callback-run.js";
import { currentCall } from "#src/remote/module-side/current-call.js";
import { answerWithReads, notingLent, notingOwn } from "#src/remote/module-side/noted-reads.js";
import { encodeThrown } from "#src/remote/wire/raw-answers.js";
import type { CallbackAnswers } from "#src/remote/wire/process-protocol.js";
import { ANSWERS as FAULTY_ANSWERS, THROWN } from "../faults/faults.js";
import { outcomeOf } from "../remote/served.js";

type Ask = (http: Pick<HttpClient, "getJson" | "getRaw">, isAdmin: (user: string) => Promise<unknown>) => Promise<void>;

/** An HttpClient that answers with what it's given, and the homeserver's users. */
function services(answer: () => unknown): Container {
  const container = new Container();
  const http = { getJson: async () => answer(), getRaw: async () => answer() } as unknown as HttpClient;
  container.bind(HttpClient).toConstantValue(http);
  container.bind(Users).toConstantValue({ isUserAdmin: async () => true } as unknown as Users);
  return container;
}

/** What a callback asks, noted where it runs in the homeserver's process. */
async function notedHere(answer: () => unknown, ask: Ask): Promise<unknown[]> {
  const reads: unknown[] = [];
  const noting = recordedServices(services(answer));
  await asking.run(reads, () => ask(noting.get(HttpClient), (user) => noting.get(Users).isUserAdmin(user as UserId)));
  return reads;
}

/** What leaves the process of a module: its answer, as JSON. */
async function answersOf(answer: () => unknown, ask: Ask, isAdmin: (user: string) => Promise<unknown>) {
  const noting = notingOwn(services(answer));
  const lent = notingLent((_service, _method, [user]) => isAdmin(user as string));
  const run = async (): Promise<CallbackAnswers> => {
    const failed = await ask(noting.get(HttpClient), (user) => lent("Users", "isUserAdmin", [user])).then(
      () => undefined,
      (error: unknown) => ({ thrown: encodeThrown(error) }),
    );
    return { answers: [], ...failed };
  };
  return JSON.parse(
    JSON.stringify(await answerWithReads({ answers: run } as unknown as CallbackRun)),
  ) as CallbackAnswers;
}

/** The same, noted where it runs in another process. */
async function notedThere(answer: () => unknown, ask: Ask): Promise<unknown[]> {
  const reads: unknown[] = [];
  const users = recordedServices(services(answer)).get(Users);
  await asking.run(reads, async () => {
    // The homeserver's services run for the call, wherever they're asked.
    const isAdmin = (user: string) => asking.run(reads, () => users.isUserAdmin(user as UserId));
    noteCarriedReads((await answersOf(answer, ask, isAdmin)).reads ?? []);
  });
  return reads;
}

function written(reads: readonly unknown[], withholding: Withholding): ReadRecord[] {
  const writer = new ValueWriter(withholding, new RoomLeft(64 * 1024));
  return (reads as ReadNote[]).map((note) => note.record(writer));
}

const hash = (text: string) => `h:${text.length}`;
const WITHHOLDINGS: readonly Withholding[] = (["whole", "hashed", "none"] as const).flatMap((personal) =>
  [true, false].map((bodies) => ({ personal, bodies, hash })),
);

const ANSWERS: Readonly<Record<string, () => unknown>> = {
  "plain data": () => ({ verdict: "bad", score: 0.5, list: [1, null, "x", true], password: "hunter22" }),
  nothing: () => undefined,
  collections: () =>
    new Map<unknown, unknown>([
      ["a", new Set([1, "b"])],
      [{ k: 1 }, undefined],
    ]),
  "a member $": () => ({ $: "secret", of: { $: "undefined" } }),
  "numbers that JSON lacks": () => [NaN, Infinity, -Infinity, 10n],
  "a member __proto__": () => JSON.parse('{"__proto__": {"x": 1}}') as unknown,
  "what doesn't leave a process": () => [
    () => 1,
    new Uint8Array(3),
    new Error("inner"),
    Symbol("s"),
    new AbortController(),
  ],
  "a date": () => new Date(0),
  "what is too long": () => ["short", "x".repeat(100_000), "short"],
  "what is too large": () => Array.from({ length: 30_000 }, (_, index) => index),
  "what can't be read": () => ({
    get member() {
      throw new Error("it's a getter");
    },
  }),
};

describe("what a process of modules says that a callback asked", () => {
  for (const [what, answer] of Object.entries(ANSWERS)) {
    it(`an answer of a service is recorded alike in both processes: ${what}`, async () => {
      const ask: Ask = async (http) => {
        await http.getJson("https://x/", { headers: { Authorization: "Bearer abcdefgh" }, args: { q: ["v"] } });
      };
      const here = await notedHere(answer, ask);
      const there = await notedThere(answer, ask);
      for (const withholding of WITHHOLDINGS) {
        expect(written(there, withholding)).to.deep.equal(written(here, withholding));
      }
    });
  }

  for (const [what, error] of Object.entries({
    "a failure": () => Object.assign(new TypeError("https://x/a-path refused"), { code: "ECONNREFUSED" }),
    "one of Ligand": () => new LigandError("LIGAND_SERVICE_FAILED", "no answer from https://x/a-path"),
    "one for clients": () => new MatrixError(504, "late", "M_UNKNOWN"),
    "one that quotes a secret": () => new Error("refused the-proof-of-it for https://x/a-path"),
  })) {
    it(`an error of a service is recorded alike in both processes: ${what}`, async () => {
      const answer = () => {
        throw error();
      };
      const ask: Ask = async (http) => {
        await outcomeOf(() => http.getJson("https://x/a-path", { headers: { proof: "the-proof-of-it" } }));
      };
      const here = await notedHere(answer, ask);
      const there = await notedThere(answer, ask);
      for (const withholding of WITHHOLDINGS) {
        expect(written(there, withholding)).to.deep.equal(written(here, withholding));
        expect(JSON.stringify(written(there, withholding))).not.to.contain("the-proof-of-it");
      }
    });
  }

  it("whatever a service answers or throws, what was asked is sent and recorded", async () => {
    const ask: Ask = async (http) => {
      await outcomeOf(() => http.getJson("x"));
      throw new Error("of the callback");
    };
    const unreadable = Object.defineProperty(new Error("x"), "code", {
      get() {
        throw new Error("it's a getter");
      },
    });
    class OfModule {}
    const faults = Object.entries({
      ...FAULTY_ANSWERS,
      hostile: () =>
        new Proxy(new OfModule(), {
          ownKeys() {
            throw new Error("it's a proxy");
          },
        }),
      ...Object.fromEntries(
        Object.entries({ ...THROWN, unreadable: () => unreadable }).map(([name, thrown]) => [
          `throw ${name}`,
          () => {
            throw thrown();
          },
        ]),
      ),
    });
    for (const [name, fault] of faults) {
      const reads = await notedThere(fault, ask);
      for (const withholding of WITHHOLDINGS) {
        const [{ service, args, ...came }] = written(reads, withholding) as [ReadRecord];
        (reads[0] as ReadNote).withheld(new ValueWriter(withholding, new RoomLeft(1000)));
        expect([name, service, args.length, Object.keys(came).length <= 1]).to.deep.equal([
          name,
          "HttpClient.getJson",
          1,
          true,
        ]);
      }
    }
  });

  it("what a callback asked services of both processes is recorded in the order in which it asked", async () => {
    const ask: Ask = async (http, isAdmin) => {
      await http.getJson("1");
      await isAdmin("2");
      await http.getJson("3");
      await http.getRaw("4");
      await isAdmin("5");
      await http.getJson("6");
    };
    const reads = await notedThere(() => "it", ask);
    const whole = written(reads, { personal: "whole", bodies: true, hash });
    expect(whole.map(({ args }) => args[0])).to.deep.equal(["1", "2", "3", "4", "5", "6"]);
  });

  it("what an error of a callback quotes is known to the record, also of what didn't leave its process", async () => {
    const secret = "the-proof-of-it";
    const long = "y".repeat(10_000);
    const ask: Ask = async (http) => {
      await http.getJson("https://x/", { headers: { proof: secret } });
      throw new Error(`refused ${secret} and ${long}`);
    };
    const [note] = (await notedThere(() => ["x".repeat(60_000), long], ask)) as [ReadNote];
    const withheld = note.withheld(new ValueWriter({ personal: "none", bodies: false, hash }, new RoomLeft(1000)));
    expect(withheld).to.include.members([secret, long, "https://x/"]);
  });

  it("what leaves a process is bounded, however much it was answered and however long its errors are", async () => {
    const ask: Ask = async (http) => {
      for (let count = 0; count < 1500; count++) await outcomeOf(() => http.getJson("https://x/".padEnd(500, "x")));
    };
    const most = async (answer: () => unknown) =>
      JSON.stringify((await answersOf(answer, ask, async () => true)).reads).length;
    expect(await most(() => "z".repeat(1000))).to.be.below(300_000);
    const { reads } = await answersOf(
      () => {
        throw new Error("e".repeat(100_000));
      },
      async (http) => void (await outcomeOf(() => http.getJson("x"))),
      async () => true,
    );
    expect(reads![0]!.thrown!.message).to.equal("an error that is too long to be recorded");
  });

  it("calls in shadow say nothing of what they asked: no record has it", async () => {
    const ask: Ask = async (http) => void (await http.getJson("x"));
    const call = { requestId: undefined, what: "a hook", hook: "A.b", isInShadow: true };
    const answers = await currentCall.run(call, () =>
      answersOf(
        () => 1,
        ask,
        async () => true,
      ),
    );
    expect(answers).to.deep.equal({ answers: [] });
  });

  it("a process can't have asked what isn't a service's method", async () => {
    const read = { service: "HttpClient.getJson", args: [], lent: 0 };
    const messageOf = async (what: object) =>
      ((await outcomeOf(() => noteCarriedReads([{ ...read, ...what }]))) as { error?: Error }).error?.message;
    expect(await messageOf({})).to.equal(undefined);
    expect(await messageOf({ service: "constructor.name" })).to.equal(
      "there is no service method constructor.name in this version of Ligand",
    );
    expect(await messageOf({ service: "HttpClient" })).to.equal(
      "there is no service method HttpClient in this version of Ligand",
    );
    expect(await messageOf({ args: [{ $: "hashed", of: "what users wrote" }] })).to.equal(
      "a process of modules wrote a mark hashed",
    );
    expect(await messageOf({ args: "x" })).to.equal(
      "process/callbacks: reads: the member args must be of type list, but it's string",
    );
  });
});
