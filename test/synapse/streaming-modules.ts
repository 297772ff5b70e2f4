import { createHash } from "node:crypto";
import { Module, WebResource } from "#src/index.js";

/** What a test in the same process has a web resource answer. */
let answer: ((request: Request) => Response | Promise<Response>) | undefined;

export function whenFetched(next: (request: Request) => Response | Promise<Response>): void {
  answer = next;
}

@Module()
export class Streamer {
  @WebResource("/_synapse/client/stream")
  stream(request: Request) {
    return answer!(request);
  }

  @WebResource("/_synapse/client/digest")
  async digest(request: Request) {
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of request.body!) {
      hash.update(chunk);
      size += chunk.length;
    }
    return Response.json({ size, sha256: hash.digest("hex") });
  }
}
