import { describe, expect, it } from "vitest";
import { isLoopbackHost } from "./loopback-host.ts";

describe("a URL's host", () => {
  it.each(["http://localhost:3000", "https://idp.localhost/token", "http://127.0.0.1", "http://[::1]:80", "http://LOCALHOST"])(
    "%s is this machine",
    (url) => expect(isLoopbackHost(new URL(url).hostname)).toBe(true),
  );

  it.each(["http://localhost.example", "http://notlocalhost", "http://127.0.0.1.example", "http://[::2]", "http://10.0.0.1"])(
    "%s is another",
    (url) => expect(isLoopbackHost(new URL(url).hostname)).toBe(false),
  );
});
