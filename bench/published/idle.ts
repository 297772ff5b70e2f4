// A process that does nothing, once it has said that it's up.
process.stdout.write("up");
setInterval(() => undefined, 1e6);
