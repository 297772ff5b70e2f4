// Prints what to write into users.json. The password comes from standard input, so that no shell history keeps it.
import { text } from "node:stream/consumers";
import { PasswordHash } from "./passwords.js";

const password = (await text(process.stdin)).replace(/\r?\n$/, "");
if (password === "") {
  console.error("Usage: node build/examples/password-auth/hash-password.js < file-with-the-password");
  process.exitCode = 1;
} else {
  console.log(String(await PasswordHash.of(password)));
}
