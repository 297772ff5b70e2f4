#!/usr/bin/env node
import { awaitHangups } from "./hangups.js";

// First: loading the program takes long enough for a supervisor to ask for a reload.
if (process.argv.includes("serve")) awaitHangups();
void import("./program.js");
