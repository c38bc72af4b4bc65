/**
 * The resolver of the tasks' network, at the address of Amazon's own in a VPC. It knows the names of Cloud Map,
 * `host.fsd.internal` and the tasks' own host names; everything else is asked of the host's resolver.
 */
import type { Socket as UdpSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import dns2 from "dns2";

/** Names of this platform. */
export interface NameResolver {
  /** IPv4 addresses of a fully qualified name in lower case; undefined when it is not one of this platform's, empty when it has no instance. */
  resolve(name: string): readonly string[] | undefined;
}

/** A resolver that prepares something before it answers. */
export interface PreparingResolver extends NameResolver {
  asked(name: string): Promise<void> | undefined;
}

/** Seconds an answer may be kept: instances come and go. */
const TTL_SECONDS = 1;

const { Packet } = dns2;
const NO_SUCH_NAME = 3;
const SERVER_FAILURE = 2;

/** Answers queries on a bound socket until it is closed. `upstream` answers names that are not the platform's. */
export function serveNames(
  socket: UdpSocket,
  names: PreparingResolver,
  upstream: (name: string, version: 4 | 6) => Promise<readonly string[]> = hostAddresses,
): void {
  socket.on("message", (message, from) => {
    answerQuery(message, names, upstream).then((answer) => {
      if (answer !== undefined) socket.send(answer, from.port, from.address, () => {}); // A resolver asks again; nothing else can be done about a lost answer.
    });
  });
}

async function answerQuery(
  message: Buffer,
  names: PreparingResolver,
  upstream: (name: string, version: 4 | 6) => Promise<readonly string[]>,
): Promise<Buffer | undefined> {
  let query: InstanceType<typeof Packet>;
  try {
    query = Packet.parse(message);
  } catch {
    return undefined; // Not a query.
  }
  const [question] = query.questions;
  const response = Packet.createResponseFromRequest(query);
  response.header.ra = 1;
  response.header.aa = 0;
  if (question === undefined) return response.toBuffer();
  const name = question.name.toLowerCase().replace(/\.$/, "");
  const add = (address: string): void => {
    response.answers.push(Packet.createResourceFromQuestion(question, { ttl: TTL_SECONDS, address }));
  };
  // Who asks for both kinds of address asks twice, and has no use for the second answer: what it leads to is prepared once.
  if (question.type === Packet.TYPE.A) await names.asked(name);
  const own = names.resolve(name);
  if (own !== undefined) {
    // The platform's network is IPv4: a name of its own has no AAAA record, which is not the same as no such name.
    if (own.length === 0) response.header.rcode = NO_SUCH_NAME;
    if (question.type === Packet.TYPE.A) for (const address of own) add(address);
    return response.toBuffer();
  }
  if (question.type !== Packet.TYPE.A && question.type !== Packet.TYPE.AAAA) return response.toBuffer();
  try {
    for (const address of await upstream(name, question.type === Packet.TYPE.A ? 4 : 6)) add(address);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENODATA") return response.toBuffer();
    response.header.rcode = code === "ENOTFOUND" ? NO_SUCH_NAME : SERVER_FAILURE;
  }
  return response.toBuffer();
}

const resolver = new Resolver({ timeout: 2_000, tries: 2 });

function hostAddresses(name: string, version: 4 | 6): Promise<string[]> {
  return version === 4 ? resolver.resolve4(name) : resolver.resolve6(name);
}
