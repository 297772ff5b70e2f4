import { brand } from "../errors/brand.js";
import { LigandError } from "../errors/ligand-error.js";
import { Codes, isCode } from "../matrix/codes.js";
import { isPlainObject } from "../matrix/json.js";
import { MatrixError } from "../matrix/matrix-error.js";

/** A response with a status outside 200 to 299. (`HttpResponseException` in Synapse.) @public */
export class HttpResponseError extends LigandError {
  static {
    brand(this, "HttpResponseError");
  }

  /** @param reason the phrase that came with the status; may be empty. */
  constructor(
    readonly status: number,
    readonly reason: string,
    readonly body: Uint8Array,
  ) {
    super("LIGAND_SERVICE_FAILED", `the server answered with status ${`${status} ${reason}`.trim()}`);
  }

  /**
   * The same error for a Matrix client: the status, and the members of the body if it is the JSON body of a Matrix
   * error. Without them, `errcode` is `M_UNKNOWN` and `error` is the reason.
   */
  toMatrixError(): MatrixError {
    const { errcode, error, ...fields } = this.#parsed();
    return new MatrixError(
      this.status,
      typeof error === "string" ? error : this.reason,
      isCode(errcode) ? errcode : Codes.UNKNOWN,
      { fields, cause: this },
    );
  }

  #parsed(): Record<string, unknown> {
    try {
      const parsed: unknown = JSON.parse(new TextDecoder().decode(this.body));
      return isPlainObject(parsed) ? parsed : {};
    } catch {
      // A body that isn't JSON is legal; then the status and the reason are all there is.
      return {};
    }
  }
}
