import { isMainThread } from "node:worker_threads";

export function double(value: number): { doubled: number; mainThread: boolean } {
  return { doubled: value * 2, mainThread: isMainThread };
}

export function fail(message: string): never {
  throw new RangeError(message);
}

export default function (): string {
  return "default export";
}
