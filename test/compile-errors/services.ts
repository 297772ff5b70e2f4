import { expectTypeOf } from "expect-type";
import {
  bindService,
  Cached,
  cacheOf,
  Clock,
  ConfiguredServer,
  Every,
  Server,
  SystemClock,
  type MethodCache,
} from "#src/index.js";

class Directory {
  @Cached({ numArgs: 1 })
  async lookUp(id: string, hint = 0): Promise<number> {
    return id.length + hint;
  }

  // @ts-expect-error -- what is cached is a promise
  @Cached()
  now(): number {
    return 1;
  }

  @Every("1.5h")
  @Every(100)
  async clean(): Promise<void> {
    // Inside the class, too, the types of the method are those of its cache.
    cacheOf(this, "lookUp").invalidate(["a"]);
    expectTypeOf(await cacheOf(this, "lookUp").call(["a"])).toEqualTypeOf<number>();
  }

  // @ts-expect-error -- no caller would pass the argument
  @Every("1s")
  remove(id: string): string {
    return id;
  }

  // @ts-expect-error -- not a duration
  @Every("1 week")
  rest(): void {}
}

expectTypeOf(cacheOf(new Directory(), "lookUp")).toEqualTypeOf<
  MethodCache<[id: string, hint?: number | undefined], number>
>();
// @ts-expect-error -- a result of another type
cacheOf(new Directory(), "lookUp").prefill(["a"], "text");
// @ts-expect-error -- no such method
cacheOf(new Directory(), "lookDown");

bindService(Server, new ConfiguredServer({ serverName: "x" }));
bindService(Clock, (services) => (services.find(Server) ? new SystemClock() : services.get(Clock)));
// @ts-expect-error -- another service
bindService(Server, new SystemClock());
// @ts-expect-error -- makes another service
bindService(Server, () => new SystemClock());
