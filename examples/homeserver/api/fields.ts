import { Codes, MatrixError, type JsonObject, type Medium } from "ligand";

/** A string in a body. @throws {MatrixError} 400 `M_MISSING_PARAM` or `M_INVALID_PARAM`. */
export function textIn(body: JsonObject, key: string): string {
  const text = optionalTextIn(body, key);
  if (text === undefined) throw new MatrixError(400, `${key} is missing`, Codes.MISSING_PARAM);
  return text;
}

/** An optional string in a body. @throws {MatrixError} 400 `M_INVALID_PARAM`. */
export function optionalTextIn(body: JsonObject, key: string): string | undefined {
  const value = body[key] ?? undefined;
  if (value !== undefined && typeof value !== "string") throw invalid(`${key} isn't a string`);
  return value;
}

/** An object of a body that may be left out. @throws {MatrixError} 400 `M_INVALID_PARAM`. */
export function optionalObjectIn(body: JsonObject, key: string): JsonObject | undefined {
  const value = body[key] ?? undefined;
  if (value !== undefined && !isObject(value)) throw invalid(`${key} isn't an object`);
  return value;
}

/** A yes or no of a body; no where it is left out. @throws {MatrixError} 400 `M_INVALID_PARAM`. */
export function flagIn(body: JsonObject, key: string): boolean {
  const value = body[key] ?? false;
  if (typeof value !== "boolean") throw invalid(`${key} is neither true nor false`);
  return value;
}

export function mediumIn(body: JsonObject): Medium {
  const medium = textIn(body, "medium");
  if (medium !== "email" && medium !== "msisdn") throw invalid("medium is neither email nor msisdn");
  return medium;
}

export function invalid(message: string): MatrixError {
  return new MatrixError(400, message, Codes.INVALID_PARAM);
}

/** Whether a value of a body is an object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
