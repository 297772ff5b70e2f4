import { InvalidArgumentError } from "commander";
import { LigandError } from "../errors/ligand-error.js";
import { parseListenAddress, parseSocketAddress } from "../remote/wire/listen-address.js";

/** Reads the value of an option that says where to listen. @throws {InvalidArgumentError} */
export const listenOption = checkedBy(parseListenAddress);
/** As {@link listenOption}, where a socket that the parent process left open is of no use. */
export const healthOption = checkedBy(parseSocketAddress);

function checkedBy(parse: (text: string) => unknown): (text: string) => string {
  return (text) => {
    try {
      parse(text);
      return text;
    } catch (error) {
      if (error instanceof LigandError) throw new InvalidArgumentError(`${error.message}. ${error.remedy}`);
      throw error;
    }
  };
}
