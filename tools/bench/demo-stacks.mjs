// The demo's environment and service stacks, until two tasks are healthy, against the template's own delays at that
// time scale (one health-check interval, because the first probe comes before the program listens) and the program's own
// start measured alone.
//
// A load balancer's nodes, one in each of two zones, share that interval between them, so that the second probe comes
// after half of it: the second line says how far the stacks are from that, which nothing could be quicker than.
//
// "The stacks" are measured from the first change set (the environment's) to the service stack's CREATE_COMPLETE, by the
// timestamps that CloudFormation gives them: with the image's packing and push between the two, and with every wait of
// the command for the next step. The whole command adds its own start, reading, and the proof that the service is live.
import { spawn, spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { root } from "../installed.mjs";
import { freePort, fsd, line, median, startPlatform } from "./measure.mjs";

export const name = "demo-stacks";
const speed = 10;
// As examples/items-node/fsd.yml has it.
const intervalSeconds = 5;
const nodes = 2;
const runs = 5;

export async function run() {
  // What the machine does meanwhile is felt by both sides, so that each run has a start of its own to be measured by.
  const all = [];
  for (let turn = 0; turn < runs; turn++) {
    const alone = median([await startAlone(), await startAlone(), await startAlone()]);
    const intervalMs = (intervalSeconds * 1000) / speed;
    const { stacks, command } = await deployDemo();
    const delays = intervalMs + alone;
    all.push({
      alone,
      stacks,
      command,
      ratio: stacks / delays,
      leastRatio: stacks / (intervalMs / nodes + alone),
      commandRatio: command / delays,
    });
  }
  const middle = (key) => median(all.map((each) => each[key]));
  const start = `the program's own start (${Math.round(middle("alone"))} ms)`;
  const interval = `health-check interval at speed ${speed} + ${start}`;
  const measured = (key, ratio) => `${Math.round(middle(key))} ms, ${middle(ratio).toFixed(2)}×`;
  const stacks = "the demo's environment and service stacks, with two healthy tasks";
  return [
    line(stacks, `one ${interval}`, measured("stacks", "ratio"), "at most 1.5×", middle("ratio") <= 1.5),
    line(stacks, `the least there is, half a ${interval}`, measured("stacks", "leastRatio"), "no bound", true),
    line(
      "the whole fsd deploy of them, from the command's start to its proof",
      `one ${interval}`,
      measured("command", "commandRatio"),
      "no bound",
      true,
    ),
  ];
}

/** Wall milliseconds of a first deploy of the demo on a platform of its own. */
async function deployDemo() {
  const platform = await startPlatform(speed);
  try {
    const example = join(platform.folder, "items-node");
    cpSync(join(root, "examples", "items-node"), example, { recursive: true });
    const env = { ...process.env, FSD_STATE_DIR: platform.stateDir };
    await recorded(env);
    const start = performance.now();
    const deployed = spawnSync(process.execPath, [fsd, "deploy", "-f", join(example, "fsd.yml"), "--env", "local", "--yes"], {
      env,
      encoding: "utf8",
    });
    const command = performance.now() - start;
    if (deployed.status !== 0) throw new Error(`deploy ended with ${deployed.status}\n${deployed.stdout}\n${deployed.stderr}`);
    return { stacks: await stackMilliseconds(platform.endpoint), command };
  } finally {
    await platform.end();
  }
}

async function stackMilliseconds(endpoint) {
  const begins = timeOf(await cloudFormation(endpoint, { Action: "DescribeStacks", StackName: "fsd-local" }), "CreationTime");
  const [last] = (await cloudFormation(endpoint, { Action: "DescribeStackEvents", StackName: "fsd-local-items" })).split("</member>");
  if (!last.includes("<ResourceStatus>CREATE_COMPLETE<") || !last.includes("<ResourceType>AWS::CloudFormation::Stack<"))
    throw new Error(`the service's stack is not complete: ${last}`);
  return timeOf(last, "Timestamp") - begins;
}

async function cloudFormation(endpoint, parameters) {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cloudformation/aws4_request, SignedHeaders=host, Signature=00",
    },
    body: new URLSearchParams({ Version: "2010-05-15", ...parameters }).toString(),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${parameters.Action}: ${response.status} ${text}`);
  return text;
}

function timeOf(xml, element) {
  const time = Date.parse(new RegExp(`<${element}>([^<]+)<`).exec(xml)?.[1]);
  if (Number.isNaN(time)) throw new Error(`no ${element} in ${xml}`);
  return time;
}

/** Milliseconds from the spawn of the example's program, on its own, to its listening. */
async function startAlone() {
  const port = await freePort();
  const start = performance.now();
  const child = spawn(process.execPath, [join(root, "examples", "items-node", "server.mjs")], {
    env: { ...process.env, PORT: String(port) },
    stdio: "ignore",
  });
  try {
    for (;;) {
      if (await listens(port)) return performance.now() - start;
      if (child.exitCode !== null) throw new Error(`the example's program ended with ${child.exitCode} on its own`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  } finally {
    child.kill("SIGKILL");
  }
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    }).once("error", () => resolve(false));
  });
}

async function recorded(env) {
  while (spawnSync(process.execPath, [fsd, "local", "status"], { env, stdio: "ignore" }).status !== 0)
    await new Promise((resolve) => setTimeout(resolve, 20));
}
