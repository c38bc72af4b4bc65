/**
 * What a browser does for a login: keeps cookies by host (whatever the port, as browsers do), follows redirects, and fills in
 * the forms of the identity provider. It trusts every certificate, and every name is this machine.
 */
import { Agent, request } from "undici";

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly attributes: string;
}

export class Browser {
  readonly #agent = new Agent({
    connect: { rejectUnauthorized: false, lookup: (_, __, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]) },
  });
  readonly #cookies = new Map<string, Map<string, Cookie>>();
  /** How many redirects it follows. */
  static readonly #patience = 20;

  /** One request; a redirect is a page. */
  async visit(url: string, form?: Readonly<Record<string, string>>, headers: Record<string, string> = {}): Promise<Page> {
    const { hostname } = new URL(url);
    const jar = this.#jar(hostname);
    const cookie = [...jar.values()].map(({ name, value }) => `${name}=${value}`).join("; ");
    const answer = await request(url, {
      dispatcher: this.#agent,
      method: form === undefined ? "GET" : "POST",
      headers: {
        ...(cookie === "" ? {} : { cookie }),
        ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
        ...headers,
      },
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    });
    for (const line of [answer.headers["set-cookie"] ?? []].flat()) keep(jar, line);
    return { url, status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  }

  /** The same, and wherever it leads. */
  async open(url: string, form?: Readonly<Record<string, string>>): Promise<Page> {
    let page = await this.visit(url, form);
    for (let step = 0; step < Browser.#patience && page.status >= 300 && page.status < 400; step++)
      page = await this.visit(new URL(String(page.headers.location), page.url).href);
    return page;
  }

  /** Asks for a page, logs in and consents where it is led to, and answers the page it ends at. */
  async logIn(url: string, name: string): Promise<Page> {
    let page = await this.open(url);
    for (const prompt of ["login", "consent"]) {
      const action = /<form[^>]* action="([^"]+)"/.exec(page.text)?.[1];
      if (action === undefined || !page.text.includes(`name="prompt" value="${prompt}"`)) return page;
      page = await this.open(new URL(action, page.url).href, { prompt, ...(prompt === "login" ? { login: name, password: "any" } : {}) });
    }
    return page;
  }

  cookiesOf(url: string): Cookie[] {
    return [...this.#jar(new URL(url).hostname).values()];
  }

  setCookie(url: string, name: string, value: string): void {
    this.#jar(new URL(url).hostname).set(name, { name, value, attributes: "" });
  }

  forget(url: string, name: string): void {
    this.#jar(new URL(url).hostname).delete(name);
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  #jar(host: string): Map<string, Cookie> {
    const known = this.#cookies.get(host) ?? new Map<string, Cookie>();
    this.#cookies.set(host, known);
    return known;
  }
}

function keep(jar: Map<string, Cookie>, line: string): void {
  const [pair = "", ...attributes] = line.split(";");
  const equals = pair.indexOf("=");
  const [name, value] = [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()];
  const expires = attributes.find((attribute) => /^ *expires=/i.test(attribute))?.split("=")[1];
  // Only what is taken back is over: tests of time move the load balancer's clock, not this one.
  if (expires !== undefined && Date.parse(expires) <= 0) jar.delete(name);
  else jar.set(name, { name, value, attributes: attributes.join(";") });
}
