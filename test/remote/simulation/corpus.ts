import { PROTOCOL_VERSION } from "#src/remote/wire/protocol.js";
import { frame, initialize } from "../served.js";
import type { Random } from "./world.js";

const initialization = frame(initialize({ protocol: PROTOCOL_VERSION }));
const request = (id: unknown, method: string, params: unknown) => frame({ jsonrpc: "2.0", id, method, params });
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const call = { category: "accountValidity", hook: "isUserExpired", args: ["@a:x"], context: {} };

/** What strangers send: whole and half frames, other protocols, wrong sizes, and too deep values. */
export const CORPUS: readonly string[] = [
  initialization,
  initialization.slice(0, 40),
  initialization + request(2, "ligand/start", {}) + request(3, "ligand/hook", call),
  request(1, "ligand/hook", call) + frame({ jsonrpc: "2.0", method: "$/cancelRequest", params: { id: 1 } }),
  request(1, "ligand/hook", { ...call, args: [JSON.parse(nested(500)) as unknown] }),
  frame(`{"jsonrpc":"2.0","id":1,"method":"ligand/hook","params":{"a":${nested(20_000)}}}`),
  request("x", "ligand/readBody", { id: -1 }) + request(null, "ligand/readFile", { id: 1e300, offset: -5 }),
  request(1, "ligand/callback", {
    id: 1,
    args: [
      { $: "callback", id: 1 },
      { $: "state", entries: [], rest: 1 },
    ],
  }),
  frame({ jsonrpc: "2.0", method: "ligand/release", params: { ids: [1, "2", null, {}] } }),
  frame({ jsonrpc: "2.0", id: 5, result: {} }) + frame({ jsonrpc: "2.0", id: null, error: {} }),
  frame("{}") + frame("[]") + frame("null"),
  "Content-Length: 5\r\n\r\n{",
  "Content-Length: 99999999999\r\n\r\n",
  "Content-Length: 60000\r\n\r\n".padEnd(200, " "),
  "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
  "Content-Length: -1\r\n\r\n",
  "content-type: x\r\n".repeat(400),
  "\r\n\r\n\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
  `POST / HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 500\r\n\r\n${initialization}`,
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
  "",
];

/** One of the corpus with mistakes: bytes that are changed, left out, repeated, or put together of two. */
export function mutated(random: Random): Buffer {
  const below = (end: number) => Math.floor(random() * end);
  const any = () => Buffer.from(CORPUS[below(CORPUS.length)]!, "latin1");
  let bytes = any();
  for (let changes = below(4); changes > 0; changes--) {
    const at = below(bytes.length + 1);
    const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
    const middle = [Buffer.from([below(256)]), tail.subarray(0, below(20)), any()][below(3)]!;
    bytes = Buffer.concat([head, middle, tail.subarray(below(3))]);
  }
  return bytes;
}
