// The embedded platform's process, which commands start.
"use strict";
const path = require("node:path");
require("./load-bundle.cjs").run(path.join(__dirname, "..", "dist"), "platform.cjs", { program: "platform", grows: true });
