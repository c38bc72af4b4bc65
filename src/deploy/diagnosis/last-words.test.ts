import { describe, expect, it } from "vitest";
import { listening, missingFile, missingModule, missingVariable, tellingLine, unreachable } from "./last-words.ts";

describe("the line that says most", () => {
  it("is Node's error, not the fields it is printed with", () => {
    const lines = [
      "up",
      "Error: connect ECONNREFUSED 127.0.0.1:5432",
      "    at x (a.js:1:1) {",
      "  code: 'ECONNREFUSED',",
      "}",
      "Node.js v20.20.2",
    ];
    expect(tellingLine(lines)).toBe("Error: connect ECONNREFUSED 127.0.0.1:5432");
  });

  it("is the last exception of a chain", () => {
    const lines = [
      "sqlalchemy.exc.NoSuchModuleError: x",
      "During handling, another exception occurred:",
      "RuntimeError: no database",
      "done",
    ];
    expect(tellingLine(lines)).toBe("RuntimeError: no database");
  });

  it("is nothing when no line complains", () => {
    expect(tellingLine(["migrations done", "0 errored"])).toBe("0 errored");
    expect(tellingLine(["migrations done"])).toBeUndefined();
  });
});

it.each([
  ["Error: Cannot find module '/app/srv.js'", "/app/srv.js"],
  ["python3: can't open file '/app/main.py': [Errno 2] No such file or directory", "/app/main.py"],
  ['ERROR:    Error loading ASGI app. Could not import module "app.main".', "app/main.py"],
  ["Error: Unable to access jarfile app.jar", "app.jar"],
  ["sh: 0: cannot open start.sh: No such file", "start.sh"],
  ["Error: Cannot find module 'express'", undefined],
])("finds in %j the missing file %j", (words, file) => {
  expect(missingFile(words)).toBe(file);
});

it.each([
  ["Error: Cannot find module 'express'", "express"],
  ["Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@aws-sdk/client-s3' imported from /app/x.js", "@aws-sdk/client-s3"],
  ["ModuleNotFoundError: No module named 'fastapi'", "fastapi"],
  ["/usr/bin/python3: No module named uvicorn", "uvicorn"],
])("finds in %j the missing package %j", (words, name) => {
  expect(missingModule(words)).toBe(name);
});

it.each([
  ["Error: DATABASE_URL is required", "DATABASE_URL"],
  ["FATAL version 1: DATABASE_URL is not set", "DATABASE_URL"],
  ["KeyError: 'API_KEY'", "API_KEY"],
  ["panic: missing environment variable SENTRY_DSN", "SENTRY_DSN"],
  ["pydantic_core.ValidationError: 1 validation error for Settings\ndatabase_url\n  Field required [type=missing]", "DATABASE_URL"],
  ["KeyError: 'id'", undefined],
  ["the HTTP request is missing", undefined],
  ["ECONNREFUSED 127.0.0.1:5432", undefined],
])("finds in %j the missing variable %j", (words, name) => {
  expect(missingVariable(words)).toBe(name);
});

it.each([
  ["Error: connect ECONNREFUSED 127.0.0.1:5432", { host: "127.0.0.1", port: "5432", how: "refused" }],
  ["Error: connect ETIMEDOUT 10.0.0.1:6379", { host: "10.0.0.1", port: "6379", how: "no answer" }],
  ["Error: getaddrinfo ENOTFOUND db.internal", { host: "db.internal", how: "unknown name" }],
  [
    'connection to server at "db.internal" (10.0.3.1), port 5432 failed: Connection refused',
    { host: "db.internal", port: "5432", how: "refused" },
  ],
  ['could not translate host name "db" to address: Name or service not known', { host: "db", how: "unknown name" }],
  [
    "redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.",
    { host: "redis", port: "6379", how: "refused" },
  ],
  ["dial tcp 10.0.0.1:5432: i/o timeout", { host: "10.0.0.1", port: "5432", how: "no answer" }],
  ["dial tcp: lookup db on 169.254.169.253:53: no such host", { host: "db", how: "unknown name" }],
  [
    "pymongo.errors.ServerSelectionTimeoutError: mongo:27017: [Errno 111] Connection refused",
    { host: "mongo", port: "27017", how: "refused" },
  ],
  ["(2003, \"Can't connect to MySQL server on 'mysql:3306' (111)\")", { host: "mysql", port: "3306", how: "refused" }],
  ["TypeError: x is not a function", undefined],
] as const)("finds in %j the server that was not reached", (words, server) => {
  expect(unreachable(words)).toEqual(server);
});

it.each([
  ["INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)", { host: "127.0.0.1", port: 8000 }],
  [" * Running on http://127.0.0.1:5000", { host: "127.0.0.1", port: 5000 }],
  ["[2026-11-28 10:00:00 +0000] [7] [INFO] Listening at: http://0.0.0.0:8000 (7)", { host: "0.0.0.0", port: 8000 }],
  ["Server listening on port 3000", { port: 3000 }],
  ["listening on :3000", { port: 3000 }],
  ["Tomcat started on port 8080 (http)", { port: 8080 }],
  ["   - Local:        http://localhost:3000", { host: "localhost", port: 3000 }],
])("reads from %j where the program listens", (line, place) => {
  expect(listening(["starting", line])).toEqual({ seen: false, places: [place] });
});

it("believes what the platform saw before what the program said", () => {
  const noted = "[fsd] the task listened on 127.0.0.1:9000, [::]:3000 when it was stopped, and so could not be reached on port 8000";
  expect(listening(["listening on :8000", noted])).toEqual({
    seen: true,
    places: [
      { host: "127.0.0.1", port: 9000 },
      { host: "[::]", port: 3000 },
    ],
  });
  expect(listening(["connecting to http://db:5432", "up"])).toBeUndefined();
});
