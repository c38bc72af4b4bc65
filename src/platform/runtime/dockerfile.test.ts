import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { finalStage, parseDockerfile } from "./dockerfile.ts";

const stageOf = (text: string, args?: Record<string, string>) => finalStage(parseDockerfile(text, args));

describe("a Dockerfile", () => {
  it("of a FastAPI service tells where its files go and what starts", () => {
    const stage = stageOf(`# syntax=docker/dockerfile:1
FROM python:3.12-slim
ENV PYTHONUNBUFFERED=1 \\
    # comments between continued lines are not part of them
    PATH="/venv/bin:$PATH"
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
USER app:app
EXPOSE 8000/tcp
STOPSIGNAL SIGINT
HEALTHCHECK CMD curl -f http://localhost:8000/health
CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]`);
    expect(stage).toMatchObject({
      base: "python:3.12-slim",
      environment: { PYTHONUNBUFFERED: "1", PATH: "/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
      workingDirectory: "/app",
      steps: [
        { sources: ["requirements.txt"], destination: "/app/", unpack: false },
        { sources: ["."], destination: "/app/" },
      ],
      user: "app:app",
      madeUsers: ["app"],
      exposedPorts: [8000],
      stopSignal: "SIGINT",
      command: ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"],
    });
  });

  it("names every RUN that is not executed, by its line", () => {
    const { warnings } = parseDockerfile("FROM a\nRUN one \\\n  && two\nRUN <<EOF\nCOPY nothing here\nEOF\nCMD x");
    expect(warnings.map((warning) => warning.slice(0, 11))).toEqual(["line 2: RUN", "line 4: RUN"]);
  });

  it("honours folders, owners, modes and users a RUN gives by name, and says nothing of a RUN that does no more", () => {
    const dockerfile = parseDockerfile(
      "FROM a\nWORKDIR /app\nRUN adduser -D app && mkdir -p /data logs \\\n && chown -R app:app /data .\nRUN chmod +x run.sh && npm ci\nRUN chmod 600 $KEY key; mkdir *",
    );
    expect(finalStage(dockerfile)).toMatchObject({
      madeUsers: ["app"],
      steps: [
        { do: "make-folders", paths: ["/data", "/app/logs"] },
        { do: "own", paths: ["/data", "/app"], owner: "app:app", recursive: true },
        { do: "permit", paths: ["/app/run.sh"], mode: 0o111, add: true },
        { do: "permit", paths: ["/app/key"], mode: 0o600, add: false },
      ],
    });
    expect(dockerfile.warnings.map((warning) => warning.slice(0, 6))).toEqual(["line 5", "line 6"]);
  });

  it("substitutes arguments and variables: given ones before defaults, ENV before ARG", () => {
    const text =
      "ARG V=1\nFROM base:$V\nARG V\nARG DIR=/srv/${V:-none}\nARG NAME=arg\nENV NAME=env LITERAL='$V' ESCAPED=\\$V\nWORKDIR ${DIR}/$NAME\nCMD $NAME";
    expect(stageOf(text)).toMatchObject({ base: "base:1", workingDirectory: "/srv/1/env", environment: { LITERAL: "$V", ESCAPED: "$V" } });
    expect(stageOf(text, { V: "2", UNKNOWN: "3" })).toMatchObject({ base: "base:2", workingDirectory: "/srv/2/env" });
    // A shell form is the shell's to expand.
    expect(stageOf(text).command).toEqual(["/bin/sh", "-c", "$NAME"]);
  });

  it("inherits from an earlier stage, and ends with the stage that is asked for", () => {
    const dockerfile = parseDockerfile(
      'FROM node AS base\nWORKDIR /app\nENTRYPOINT ["node"]\nCMD ["a.js"]\nFROM base AS test\nCMD ["t.js"]\nFROM base\nENTRYPOINT ["sh"]',
    );
    expect(finalStage(dockerfile, "test")).toMatchObject({ workingDirectory: "/app", entryPoint: ["node"], command: ["t.js"] });
    expect(finalStage(dockerfile)).toMatchObject({ entryPoint: ["sh"] });
    // A new ENTRYPOINT drops the CMD of its base.
    expect(finalStage(dockerfile)).not.toHaveProperty("command");
    expect(() => finalStage(dockerfile, "none")).toThrow("no stage none");
  });

  it("reads COPY in both forms, with flags", () => {
    const { steps } = stageOf(
      'FROM a AS x\nFROM b\nWORKDIR /w\nCOPY --from=x --chown=1:2 --link /out/a /out/b here/\nCOPY ["with space", "to/"]\nADD https://example.com/x /x\nADD site.tar.gz /srv',
    );
    expect(steps).toMatchObject([
      { from: "x", owner: "1:2", sources: ["/out/a", "/out/b"], destination: "/w/here/" },
      { sources: ["with space"], destination: "/w/to/" },
      { sources: ["site.tar.gz"], destination: "/srv", unpack: true },
    ]);
  });

  it("takes the escape character its directive names", () => {
    expect(stageOf("# escape=`\nFROM a\nENV P=C:\\x `\n  Q=2").environment).toEqual({ P: "C:\\x", Q: "2" });
  });

  it("without a FROM is an error that says so, and no bytes do worse", () => {
    expect(() => parseDockerfile("WORKDIR /app")).toThrow("line 1: WORKDIR before the first FROM");
    expect(() => parseDockerfile("")).toThrow("no FROM");
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        try {
          parseDockerfile(`FROM a\n${text}`);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
    );
  });
});
