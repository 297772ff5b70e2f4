// Runs a command with the address of a temporary server in its environment: what `scripts/with-*.mjs` share.
import { spawn } from "node:child_process";

/**
 * Runs the command of the command line, `[--required] COMMAND [ARGUMENT…]`. Where the variable is set already, the
 * command runs with it. Where no server can be started, the command runs without one and the reason is printed; with
 * --required that is an error.
 *
 * @param {object} options
 * @param {string} options.name what the server is, for people
 * @param {string} options.script how the script is called
 * @param {string} options.variable the variable of the environment that has the address
 * @param {() => Promise<{ url: string, stop: () => void | Promise<void> }>} options.start
 */
export async function runWithServer({ name, script, variable, start }) {
  const required = process.argv[2] === "--required";
  const [command, ...args] = process.argv.slice(required ? 3 : 2);
  if (command === undefined) {
    say(`usage: node ${script} [--required] COMMAND [ARGUMENT…]`);
    process.exit(2);
  }
  let server;
  if (!process.env[variable]) {
    try {
      server = await start();
    } catch (error) {
      say(`No ${name} server: ${error.message}`);
      if (required) process.exit(1);
    }
  }
  const env = server ? { ...process.env, [variable]: server.url } : process.env;
  const child = spawn(command, args, { stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise((resolve) => {
    child.on("exit", (code, signal) => resolve(code ?? (signal ? 1 : 0)));
    child.on("error", (error) => {
      say(`${command} cannot be started: ${error.message}`);
      resolve(127);
    });
  });
  await server?.stop();
}

function say(message) {
  process.stderr.write(`${message}\n`);
}
