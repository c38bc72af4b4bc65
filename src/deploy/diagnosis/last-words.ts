/**
 * What the last lines of a program say, in the words of Node, Python, Java, Go and their usual libraries. Each
 * recogniser answers undefined when the lines do not say it: a guess here would lead the ranking of causes.
 */

/** Errors as languages and loggers write them; `TypeError: …`, `psycopg.OperationalError: …`, `FATAL …`, `panic: …`. */
const error = /^(?!\s*at )(?=.*((^|[\s.])\w*(Error|Exception)(:|\s\[\w+\]:|$)|\b(FATAL|CRITICAL)\b|^(panic|fatal error):|^Caused by:))/;
const suspicious = /error|fatal|exception|panic|cannot|can't|denied|refused|not found|no such file/i;
/** Frames of a stack and fields of a printed error object. */
const detail = /^\s+at |^\s+(code|errno|syscall|address|port|hostname|requireStack|path|cause)\b\W|^\s*[{}\]]|^Node\.js v\d|^\[fsd\] /;

/** The line that says most about an end: the last error, because an earlier one was its cause or was survived. */
export function tellingLine(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => error.test(line)) ?? lines.findLast((line) => suspicious.test(line) && !detail.test(line));
}

/** The path of a file of the program's own that is not there; of a module, the path it would have. */
export function missingFile(words: string): string | undefined {
  const found =
    /Cannot find module '((?:\/|\.\.?\/)[^']+)'/.exec(words) ??
    /can't open file '([^']+)'/.exec(words) ??
    /Unable to access jarfile (\S+)/.exec(words) ??
    /(?:cannot open|can't open) '?([^\s':]+)'?: No such file/i.exec(words);
  if (found !== null) return found[1];
  const [, application] = /Could not import module "([\w.]+)"/.exec(words) ?? [];
  return application === undefined ? undefined : `${application.replaceAll(".", "/")}.py`;
}

/** The package that is not installed. */
export function missingModule(words: string): string | undefined {
  return (/Cannot find (?:module|package) '([^'./][^']*)'/.exec(words) ??
    /No module named '?([\w.-]+)'?/.exec(words) ??
    /cannot import name '([^']+)'/.exec(words))?.[1];
}

/** The environment variable that the program wants. */
export function missingVariable(words: string): string | undefined {
  // One word in capitals may be anything, unless it was looked up as a key.
  const name = "\\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\\b";
  const direct =
    /KeyError: '([A-Z][A-Z0-9_]+)'/.exec(words) ??
    new RegExp(
      `${name}['"\`]?[^\\n]{0,24}\\b(?:(?:is|was|must be) )?(?:not (?:set|defined|given|configured)|missing|required|undefined|unset|must be set)\\b`,
    ).exec(words) ??
    new RegExp(
      `\\b(?:missing|required|unset|set|no|need)\\b[^\\n]{0,24}\\benv(?:ironment)?(?: variables?| vars?)?\\b[^\\n]{0,4}?${name}`,
      "i",
    ).exec(words);
  if (direct?.[1] !== undefined && direct[1] === direct[1].toUpperCase()) return direct[1];
  // pydantic-settings names the field; the variable is its name in capitals.
  const [, field] = /validation errors? for \w*(?:Settings|Config)\w*\n(\w+)\n\s+Field required/i.exec(words) ?? [];
  return field?.toUpperCase();
}

export interface Unreachable {
  readonly host: string;
  readonly port?: string;
  /** Nothing listens there, nothing answers, or the name is unknown. */
  readonly how: "refused" | "no answer" | "unknown name";
}

/** The server that the program could not reach. */
export function unreachable(words: string): Unreachable | undefined {
  const name =
    /(?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)|could not translate host name "([^"]+)"|lookup ([\w.-]+)(?: on [\d.:[\]]+)?: no such host/.exec(
      words,
    );
  const unknownName = name?.slice(1).find((part) => part !== undefined);
  if (unknownName !== undefined) return { host: unknownName, how: "unknown name" };
  const patterns: readonly RegExp[] = [
    /(ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH) ([\w.-]+|[\da-f:]+):(\d+)/,
    /connection to server at "([^"]+)"[^\n]*, port (\d+) failed: ([^\n]+)/,
    /(?:Error (?:111|110|113)|Timeout) connecting to ([\w.-]+):(\d+)/,
    /dial tcp ([\w.-]+):(\d+): (?:connect: )?([^\n]+)/,
    /([\w.-]+):(\d+): \[Errno (?:111|110|113)\] ([^\n]+)/,
    /Can't connect to \w+ server on '([\w.-]+):(\d+)'(?: \((\d+)[^)]*\))?/,
    /host='([\w.-]+)', port=(\d+)\): Max retries exceeded[^\n]*?(refused|timed out)/,
    /Connection to ([\w.-]+):(\d+) refused/,
  ];
  for (const pattern of patterns) {
    const found = pattern.exec(words);
    if (found === null) continue;
    const parts = found.slice(1).filter((part): part is string => part !== undefined);
    const port = parts.find((part) => /^\d{2,5}$/.test(part));
    const host = parts.find((part) => part !== port && !/^E[A-Z]+$/.test(part) && !/\s|^(refused|timed out)$/.test(part));
    if (host === undefined) continue;
    const how = /TIMEDOUT|EHOSTUNREACH|timed? ?out|Error 110|Error 113|Errno 110|Errno 113|i\/o timeout|no route/i.test(found[0])
      ? "no answer"
      : "refused";
    return { host, ...(port === undefined ? {} : { port }), how };
  }
  return undefined;
}

export interface Listening {
  /** `127.0.0.1`, `0.0.0.0`, `10.0.1.7`; undefined when the lines name a port only. */
  readonly host?: string;
  readonly port: number;
}

/** Whether an address can be reached from the task itself only. */
export function isLoopback(host: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|localhost|::1|\[::1\])$/.test(host);
}

/**
 * Where the program listened: by what the local platform saw when it stopped the container (certain), else by the
 * program's own words. An empty list: the platform saw that it listened nowhere. Undefined: nobody says.
 */
export function listening(lines: readonly string[]): { readonly seen: boolean; readonly places: readonly Listening[] } | undefined {
  for (const line of lines) {
    const [, places] = /^\[fsd\] the task listened on (.+) when it was stopped/.exec(line) ?? [];
    if (places === undefined) continue;
    return { seen: true, places: places === "no port" ? [] : places.split(", ").map(placeOf) };
  }
  const said = lines.flatMap((line) => {
    const [, url] =
      /\b(?:listen\w*|running|started|serving|ready|bound|local:?)\b.*?https?:\/\/([\w.-]+|\[[\da-f:]+\]):\d+/i.exec(line) ?? [];
    if (url !== undefined) return [placeOf(/https?:\/\/(\S+?:\d+)/.exec(line)?.[1] ?? "")];
    const [, place] = /\b(?:listen\w*|bound)\b[^\n]{0,12}?((?:[\w.]+\.\d+|localhost)?:\d{2,5})\b/i.exec(line) ?? [];
    if (place !== undefined) return [placeOf(place)];
    const [, port] =
      /\b(?:listen\w*|running|started|serving)\b[^\n]{0,16}?\bport:? (\d{2,5})\b|\blistens? on (\d{2,5})\b/i
        .exec(line)
        ?.filter((part) => part !== undefined) ?? [];
    return port === undefined ? [] : [{ port: Number(port) }];
  });
  return said.length === 0 ? undefined : { seen: false, places: said };
}

function placeOf(text: string): Listening {
  const end = text.lastIndexOf(":");
  const host = text.slice(0, end);
  return { ...(host === "" ? {} : { host }), port: Number(text.slice(end + 1)) };
}

export function placeText({ host, port }: Listening): string {
  return host === undefined || /^(0\.0\.0\.0|\[::\])$/.test(host) ? `port ${port}` : `${host}:${port}`;
}
