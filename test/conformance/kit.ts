import type { Newable } from "inversify";
import { openStorage, type OpenStorage, type StoragePlace } from "#examples/homeserver/storage/open-storage.js";
import * as kit from "#src/testing.js";
import type { TestEntry, TestKit, TestOptions } from "#src/testing.js";
import { serve } from "../examples/homeserver/over-http.js";
import { clear } from "../examples/homeserver/storages.js";

const { LIGAND_TEST_STORAGE: place, LIGAND_TEST_API: api } = process.env;
let opened: Promise<OpenStorage> | undefined;

after(async () => (await opened)?.close());

/**
 * As the kit's own, with the world in the place that LIGAND_TEST_STORAGE gives as JSON; where LIGAND_TEST_API is `http`,
 * its users are clients of the example homeserver. One kit at a time.
 */
export async function testModule<T extends object>(module: Newable<T>, config?: object, options: TestOptions = {}) {
  return served(await kit.testModule(module, config, { ...(await withStorage()), ...options }));
}

/** See {@link testModule}. */
export async function testModules<const Entries extends readonly TestEntry[]>(
  entries: Entries,
  options: TestOptions = {},
) {
  return served(await kit.testModules(entries, { ...(await withStorage()), ...options }));
}

async function served<Kit extends TestKit>(started: Kit): Promise<Kit> {
  if (api === "http") await serve(started);
  return started;
}

async function withStorage(): Promise<TestOptions> {
  if (place === undefined) return {};
  const storage = await (opened ??= openStorage(JSON.parse(place) as StoragePlace));
  await clear(storage);
  return { storage };
}
