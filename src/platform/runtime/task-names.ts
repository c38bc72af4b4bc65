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
const FORMAT_ERROR = 1;
const SERVER_FAILURE = 2;
const NO_SUCH_NAME = 3;

/** Identifier, flags, and how many records of each of the four sections follow. */
const HEADER_BYTES = 12;
/** A resolver adds what it can take (EDNS) and perhaps a signature. */
const MOST_ADDITIONAL_RECORDS = 4;

/** Answers queries on a bound socket until it is closed. `upstream` answers names that are not the platform's. */
export function serveNames(
  socket: UdpSocket,
  names: PreparingResolver,
  upstream: (name: string, version: 4 | 6) => Promise<readonly string[]> = hostAddresses,
): void {
  let isOpen = true;
  socket.once("close", () => {
    isOpen = false;
  });
  socket.on("message", (message, from) => {
    // From port 0 come only forged packets: nobody can be answered there.
    if (from.port === 0 || !isQuery(message)) return;
    void answerQuery(message, names, upstream).then((answer) => {
      // A resolver asks again; nothing else can be done about a lost answer.
      if (isOpen) socket.send(answer, from.port, from.address, () => {});
    });
  });
}

/** Answering an answer would have two resolvers talk for ever. */
function isQuery(message: Buffer): boolean {
  return message.length >= HEADER_BYTES && ((message[2] as number) & 0x80) === 0;
}

/**
 * One question and no answers (RFC 9619, 4). What a header announces is believed only so far: the packet's parser tries as many
 * records as it says, though none follows, which are a quarter of a million and seconds in which the platform does nothing else.
 */
function isWellFormed(message: Buffer): boolean {
  const [questions, answers, authorities, additional] = [4, 6, 8, 10].map((offset) => message.readUInt16BE(offset));
  return questions === 1 && answers === 0 && authorities === 0 && (additional as number) <= MOST_ADDITIONAL_RECORDS;
}

/** The query's own header, its sections empty. */
function formatError(message: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  message.copy(header, 0, 0, 4);
  header.writeUInt8((message.readUInt8(2) & 0x79) | 0x80, 2);
  header.writeUInt8(FORMAT_ERROR, 3);
  return header;
}

async function answerQuery(
  message: Buffer,
  names: PreparingResolver,
  upstream: (name: string, version: 4 | 6) => Promise<readonly string[]>,
): Promise<Buffer> {
  if (!isWellFormed(message)) return formatError(message);
  const query = Packet.parse(message);
  const [question] = query.questions;
  if (question === undefined) return formatError(message);
  const response = Packet.createResponseFromRequest(query);
  response.header.ra = 1;
  response.header.aa = 0;
  const name = question.name.toLowerCase().replace(/\.$/, "");
  const add = (address: string): void => {
    response.answers.push(Packet.createResourceFromQuestion(question, { ttl: TTL_SECONDS, address }));
  };
  // Who asks for both kinds of address asks twice, and has no use for the second answer: what it leads to is prepared once.
  try {
    if (question.type === Packet.TYPE.A) await names.asked(name);
  } catch {
    response.header.rcode = SERVER_FAILURE;
    return response.toBuffer();
  }
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
